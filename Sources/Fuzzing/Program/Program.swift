/// A program to be run, as a tree. Everything that it can do ends: loops count down, and calls go to functions before
/// their caller or to the caller itself with a smaller first parameter.
struct Program: Sendable {
    /// In Wasm pages.
    var memoryMinimum: UInt32
    /// In Wasm pages; nil for none.
    var memoryMaximum: UInt32?
    /// Imports `env.memory` instead of exporting its own.
    var importsMemory: Bool
    /// Exports `gear_gas` and charges through a call what it burns.
    var isMetered: Bool
    var segments: [Segment]
    /// The last is the entry `run`, which takes an i32 and an i64 and returns an i64.
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
    case host(HostOperation, [Expression])

    static func i32(_ value: UInt32) -> Expression { .constant(.i32, Bits(value)) }
    static func i64(_ value: UInt64) -> Expression { .constant(.i64, Bits(low: value)) }
}

indirect enum Statement: Sendable {
    case set(Int, Expression)
    case drop(Expression)
    case store(StoreOperator, Address, Expression)
    case fill(Expression, value: Expression, size: Expression)
    case copy(Expression, from: Expression, size: Expression)
    case initialize(segment: Int, Expression, from: Expression, size: Expression)
    case dropSegment(Int)
    /// Charges so much through the program's own charge function.
    case burn(UInt64)
    case choose(Expression, [Statement], else: [Statement])
    /// Runs its body at least once; the local counts down to 0, and nothing else sets it.
    case repeated(local: Int, count: UInt32, [Statement])
    case unreachable
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

    static let module = "host"

    var paramCount: Int {
        switch self {
        case .sum: 2
        case .fill, .copy: 3
        case .gather: 5
        case .pay: 1
        }
    }
}
