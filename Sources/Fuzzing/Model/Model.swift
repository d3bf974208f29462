/// Runs a program's tree on plain memory and follows each access page by page: what the engine, the runtime and both
/// compilers must agree with. Written from the specification alone.
final class Model {
    let program: Program
    let scenario: Scenario
    private let mergeable: Set<Int>
    var choices: Choices
    var memory: ModelMemory
    var pages: PageLedger
    private var droppedSegments: Set<Int> = []
    private var steps = 0
    private var depth = 0

    var memoryAccesses = 0
    var loads = 0
    /// The last access, if it was a load that a store of the same place may be merged with.
    var lastLoad: (number: Int, address: UInt64, width: Int)?
    var foundMergeable: Set<Int> = []

    static let stepLimit = 20_000
    static let depthLimit = 64

    /// - Parameters:
    ///   - stored: the content of the scenario's stored pages.
    ///   - mergeable: loads that an earlier run without a gas limit found to be mergeable.
    init(
        _ fuzzCase: FuzzCase, stored: [UInt32: [UInt8]], mergeable: Set<Int> = [], choices: Choices = Choices(),
        fault: PageLedger.Fault? = nil
    ) {
        program = fuzzCase.program
        scenario = fuzzCase.scenario
        self.mergeable = mergeable
        self.choices = choices
        memory = ModelMemory(program, scenario, stored: stored)
        pages = PageLedger(scenario, isMetered: program.isMetered, fault: fault)
    }

    /// Nil if the program takes too long.
    func run() -> Prediction? {
        var ranOutInPageCharge = false
        let end: End
        do throws(Stop) {
            let arguments = [Bits(scenario.firstArgument), Bits(low: scenario.secondArgument)]
            end = .returned(try call(program.functions.count - 1, arguments).low)
        } catch {
            switch error {
            case .tooLong: return nil
            // A program that meters itself ends so, and cannot be told from one that does it by itself.
            case .trap("unreachable") where pages.gasLeft == 0: end = .gasLimitExceeded
            case .trap(let kind): end = .trapped(kind)
            case .pageCharge:
                end = .gasLimitExceeded
                ranOutInPageCharge = true
            case .ownCharge: end = .gasLimitExceeded
            }
        }
        let returned = if case .returned = end { true } else { false }
        return Prediction(
            outcome: Outcome(
                end: end, ranOutInPageCharge: ranOutInPageCharge, gasLeft: pages.gasLeft, charges: pages.charges,
                accessed: pages.accessed, written: pages.written, loaded: pages.loaded, memorySize: memory.size,
                memory: returned ? memory.bytes : nil),
            boundaries: pages.boundaries, ownBurn: pages.ownBurn, memoryAccesses: memoryAccesses,
            faults: pages.faults, mergeable: foundMergeable)
    }

    private func call(_ index: Int, _ arguments: [Bits]) throws(Stop) -> Bits {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw .tooLong }
        let function = program.functions[index]
        var locals = arguments + Array(repeating: .zero, count: function.locals.count)
        try run(function.body, &locals)
        return try evaluate(function.result, &locals)
    }

    private func run(_ statements: [Statement], _ locals: inout [Bits]) throws(Stop) {
        for statement in statements { try run(statement, &locals) }
    }

    private func run(_ statement: Statement, _ locals: inout [Bits]) throws(Stop) {
        try step()
        switch statement {
        case .set(let local, let value): locals[local] = try evaluate(value, &locals)
        case .drop(let value): _ = try evaluate(value, &locals)
        case .store(let operation, let address, let value):
            let base = try evaluate(address.base, &locals).i32
            try store(operation, UInt64(base) + UInt64(address.offset), try evaluate(value, &locals))
        case .fill(let to, let value, let size):
            let values = try evaluate([to, value, size], &locals)
            try fill(values[0].i32, UInt8(truncatingIfNeeded: values[1].i32), size: values[2].i32)
        case .copy(let to, let from, let size):
            let values = try evaluate([to, from, size], &locals)
            try copy(to: values[0].i32, from: values[1].i32, size: values[2].i32)
        case .initialize(let segment, let to, let from, let size):
            let values = try evaluate([to, from, size], &locals)
            // A segment that was copied at the start is dropped, as one dropped by the program.
            let isGone = program.segments[segment].offset != nil || droppedSegments.contains(segment)
            try initialize(
                isGone ? [] : program.segments[segment].bytes, to: values[0].i32, from: values[1].i32,
                size: values[2].i32)
        case .dropSegment(let segment): droppedSegments.insert(segment)
        case .burn(let cost):
            lastLoad = nil
            try pages.burn(cost)
        case .choose(let condition, let first, let second):
            try run(try evaluate(condition, &locals).i32 != 0 ? first : second, &locals)
        case .repeated(let local, let count, let body):
            locals[local] = Bits(count)
            repeat {
                try run(body, &locals)
                try step()
                locals[local] = Bits(locals[local].i32 &- 1)
            } while locals[local].i32 != 0
        case .unreachable: throw .trap("unreachable")
        }
    }

    private func step() throws(Stop) {
        steps += 1
        if steps > Self.stepLimit { throw .tooLong }
    }

    private func evaluate(_ expressions: [Expression], _ locals: inout [Bits]) throws(Stop) -> [Bits] {
        var values: [Bits] = []
        for expression in expressions { values.append(try evaluate(expression, &locals)) }
        return values
    }

    private func evaluate(_ expression: Expression, _ locals: inout [Bits]) throws(Stop) -> Bits {
        switch expression {
        case .constant(_, let bits): return bits
        case .local(let index): return locals[index]
        case .unary(let operation, let operand):
            return try Arithmetic.unary(operation, try evaluate(operand, &locals))
        case .binary(let operation, let left, let right):
            let left = try evaluate(left, &locals)
            return try Arithmetic.binary(operation, left, try evaluate(right, &locals))
        case .load(let operation, let address):
            let base = try evaluate(address.base, &locals).i32
            return try load(operation, UInt64(base) + UInt64(address.offset))
        case .memorySize: return Bits(memory.size)
        case .memoryGrow(let delta):
            lastLoad = nil
            return Bits(memory.grow(by: try evaluate(delta, &locals).i32))
        case .call(let index, let arguments):
            try step()
            lastLoad = nil
            return try call(index, try evaluate(arguments, &locals))
        case .host(let operation, let arguments):
            try step()
            let values = try evaluate(arguments, &locals)
            lastLoad = nil
            return try host(operation, values)
        }
    }

    /// Whether the load of this number is one instruction with the store that follows it.
    func isMerged(_ load: Int) -> Bool { mergeable.contains(load) && choices.takesOther(.mergedUpdate) }
}
