/// Why the model's program came to its end before its last instruction.
enum Stop: Error, Hashable {
    case trap(String)
    /// A page charge that the gas did not cover.
    case pageCharge
    /// A block of instructions, or a host function's price, that the gas did not cover.
    case ownCharge
    /// A host function ended the program.
    case ended(String)
    /// More steps than a program of the fuzzer's may take.
    case tooLong
}

/// How an execution ends.
enum End: Hashable, CustomStringConvertible {
    case returned(UInt64)
    /// By the kind's name, as the runtime has it.
    case trapped(String)
    case gasLimitExceeded
    /// By a host function, in one of its ways.
    case stopped(String)

    /// Whether what the program did counts.
    var isGood: Bool {
        switch self {
        case .returned, .stopped("leave"), .stopped("exit"), .stopped("wait"): true
        case .trapped, .gasLimitExceeded, .stopped: false
        }
    }

    var description: String {
        switch self {
        case .returned(let value): "returned \(value)"
        case .trapped(let kind): "trapped: \(kind)"
        case .gasLimitExceeded: "gas limit exceeded"
        case .stopped(let way): "stopped: \(way)"
        }
    }
}

/// What is visible of an execution after its end.
struct Outcome {
    var end: End
    /// Whether a page charge ended it: nothing below `gasLeft` means anything then.
    var ranOutInPageCharge: Bool
    var gasLeft: UInt64
    /// In the order of the costs.
    var charges: [UInt64]
    var accessed: [UInt32]
    var written: [UInt32]
    var loaded: UInt64
    /// In Wasm pages.
    var memorySize: UInt32
    /// The whole memory, if the program returned; the written pages, if it came to another good end.
    var memory: [UInt8]?
    /// Gas left at the beginning and at the end of each call of a host function.
    var gasSeen: [UInt64]
}

/// What the model says of one execution, and what it noticed on the way.
struct Prediction {
    var outcome: Outcome
    /// Gas burned after each charge, of pages and of the program's own, in order.
    var boundaries: [UInt64]
    /// What of it was the program's own.
    var ownBurn: UInt64
    var memoryAccesses: Int
    /// First accesses and writes after reads by instructions.
    var faults: Int
    /// Loads by their number, each followed at once by a store of the same place and width: a compiler may make one
    /// instruction of the two.
    var mergeable: Set<Int>
}
