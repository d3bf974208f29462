/// Why the model's program came to its end before its last instruction.
enum Stop: Error, Hashable {
    case trap(String)
    /// A page charge that the gas did not cover.
    case pageCharge
    /// The program's own charge function, or a host function's price, that the gas did not cover.
    case ownCharge
    /// More steps than a program of the fuzzer's may take.
    case tooLong
}

/// How an execution ends.
enum End: Hashable, CustomStringConvertible {
    case returned(UInt64)
    /// By the kind's name, as the runtime has it.
    case trapped(String)
    case gasLimitExceeded

    var description: String {
        switch self {
        case .returned(let value): "returned \(value)"
        case .trapped(let kind): "trapped: \(kind)"
        case .gasLimitExceeded: "gas limit exceeded"
        }
    }
}

/// What is visible of an execution after its end.
struct Outcome {
    var end: End
    /// Whether a page charge ended it: nothing below `gasLeft` means anything then.
    var ranOutInPageCharge: Bool
    /// Nil for a program that is not metered.
    var gasLeft: UInt64?
    /// In the order of the costs.
    var charges: [UInt64]
    var accessed: [UInt32]
    var written: [UInt32]
    var loaded: UInt64
    /// In Wasm pages.
    var memorySize: UInt32
    /// The whole memory, if the program returned.
    var memory: [UInt8]?
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
