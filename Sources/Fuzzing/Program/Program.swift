/// A program to be run, as a tree. Calls go to functions before their caller or to the caller itself. What does not end
/// by itself is ended by its gas.
struct Program: Sendable {
    /// In Wasm pages.
    var memoryMinimum: UInt32
    /// In Wasm pages; nil for none.
    var memoryMaximum: UInt32?
    /// Imports `env.memory` instead of exporting its own.
    var importsMemory: Bool
    var segments: [Segment]
    /// The last is the entry `run`, which takes an i32 and an i64 and returns an i64. The others stand in a table in
    /// their order, and behind them an empty element.
    var functions: [Function]

    static let entry = "run"
}

/// A data segment.
struct Segment: Hashable, Sendable {
    /// Where it goes before the program starts; nil for one that only `memory.init` copies.
    var offset: UInt32?
    var bytes: [UInt8]
}

struct Function: Sendable {
    var params: [ValueType]
    /// Numbered after the parameters.
    var locals: [ValueType]
    var body: [Statement]
    var result: Expression
    var resultType: ValueType

    func type(ofLocal index: Int) -> ValueType {
        index < params.count ? params[index] : locals[index - params.count]
    }
}

/// An address in memory: a 32-bit value, and the instruction's own offset.
struct Address: Sendable {
    var base: Expression
    var offset: UInt32
}

indirect enum Expression: Sendable {
    case constant(ValueType, Bits)
    case local(Int)
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    case load(LoadOperator, Address)
    case memorySize
    case memoryGrow(Expression)
    /// By the function's place in the program.
    case call(Int, [Expression])
    /// With the type of the function at a place in the program; which one is called says the table.
    case indirectCall(Int, element: Expression, [Expression])
    case host(HostOperation, [Expression])

    static func i32(_ value: UInt32) -> Expression { .constant(.i32, Bits(value)) }
    static func i64(_ value: UInt64) -> Expression { .constant(.i64, Bits(low: value)) }
}

/// What a branch goes to: the end of a block or a choice, or the beginning of a loop. Each has another one within its
/// function.
typealias Label = Int

indirect enum Statement: Sendable {
    case set(Int, Expression)
    case drop(Expression)
    case store(StoreOperator, Address, Expression)
    case fill(Expression, value: Expression, size: Expression)
    case copy(Expression, from: Expression, size: Expression)
    case initialize(segment: Int, Expression, from: Expression, size: Expression)
    case dropSegment(Int)
    case block(Label, [Statement])
    case choose(Label, Expression, [Statement], else: [Statement])
    /// Runs its body at least once; the local counts down to 0 at the body's end, and nothing else sets it.
    case repeated(Label, local: Int, count: UInt32, [Statement])
    /// Runs its body until something in it leads out.
    case endless(Label, [Statement])
    /// To a label around it; without a condition always.
    case branch(Label, when: Expression?)
    /// To the label that the number counts to, or else to the last.
    case branchTable(Expression, [Label])
    /// Ends the function with a result.
    case leave(Expression, Exit)
    case unreachable
}

/// How a function is left before its end.
indirect enum Exit: Sendable {
    case `return`
    /// To the function's own label.
    case branch
    case branchWhen(Expression)
    /// By a table in which all labels are the function's.
    case branchTable(Expression)
}

/// A function that the host provides to programs.
enum HostOperation: String, CaseIterable, Sendable {
    /// (offset, size) → sum of the bytes.
    case sum
    /// (offset, size, byte) → 0.
    case fill
    /// (to, from, size) → 0.
    case copy
    /// (first, size, second, size, to) → sum of both intervals, also written as 8 bytes.
    case gather
    /// (cost) → 0.
    case pay
    /// (pages) → the memory's size before in Wasm pages, or all ones.
    case grow
    /// (kind) → 0, unless it ends the program in the way that the number says.
    case end

    static let module = "host"

    var paramCount: Int {
        switch self {
        case .sum: 2
        case .fill, .copy: 3
        case .gather: 5
        case .pay, .grow, .end: 1
        }
    }

    var paramTypes: [ValueType] { self == .pay ? [.i64] : Array(repeating: .i32, count: paramCount) }
    var resultType: ValueType { self == .sum || self == .gather ? .i64 : .i32 }

    /// The ways of ``end``, from 1 on.
    static let ways = ["leave", "exit", "wait", "panic", "unsupported"]
}
