/// Runs a program's tree on plain memory, follows each access page by page and counts its gas instruction by instruction:
/// what the engine, the metering, the runtime and both compilers must agree with. Written from the specification alone.
final class Model {
    let program: Program
    let scenario: Scenario
    let plan: GasPlan
    private let mergeable: Set<Int>
    var choices: Choices
    var memory: ModelMemory
    var pages: PageLedger
    var droppedSegments: Set<Int> = []
    private var steps = 0
    var depth = 0

    var memoryAccesses = 0
    var loads = 0
    /// The last accesses, as far as they are loads of one place: a store there may be merged with one of them.
    var lastLoads: [(number: Int, address: UInt64, width: Int)] = []
    var foundMergeable: Set<Int> = []
    /// What host functions saw of the gas.
    var gasSeen: [UInt64] = []

    static let stepLimit = 5_000
    /// Far from where a compiler's stack ends.
    static let depthLimit = 64

    /// - Parameters:
    ///   - stored: the content of the scenario's stored pages.
    ///   - plan: of the program, and of the scenario's schedule.
    ///   - mergeable: loads that an earlier run without a gas limit found to be mergeable.
    init(
        _ fuzzCase: FuzzCase, stored: [UInt32: [UInt8]], plan: GasPlan, mergeable: Set<Int> = [],
        choices: Choices = Choices(), fault: PageLedger.Fault? = nil
    ) {
        program = fuzzCase.program
        scenario = fuzzCase.scenario
        self.plan = plan
        self.mergeable = mergeable
        self.choices = choices
        memory = ModelMemory(program, scenario, stored: stored)
        pages = PageLedger(scenario, fault: fault)
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
            case .trap(let kind): end = .trapped(kind)
            case .pageCharge:
                end = .gasLimitExceeded
                ranOutInPageCharge = true
            case .ownCharge: end = .gasLimitExceeded
            case .ended(let way): end = .stopped(way)
            }
        }
        return Prediction(
            outcome: Outcome(
                end: end, ranOutInPageCharge: ranOutInPageCharge, gasLeft: pages.gasLeft, charges: pages.charges,
                accessed: pages.accessed, written: pages.written, loaded: pages.loaded, memorySize: memory.size,
                memory: content(end), gasSeen: gasSeen),
            boundaries: pages.boundaries, ownBurn: pages.ownBurn, memoryAccesses: memoryAccesses,
            faults: pages.faults, mergeable: foundMergeable)
    }

    /// What of the memory means anything.
    private func content(_ end: End) -> [UInt8]? {
        switch end {
        case .returned: memory.bytes
        case .stopped where end.isGood:
            pages.written.flatMap { memory.read(Int($0) * StoredPage.size..<Int($0 + 1) * StoredPage.size) }
        default: nil
        }
    }

    func step() throws(Stop) {
        steps += 1
        if steps > Self.stepLimit { throw .tooLong }
    }

    // MARK: - Expressions

    func evaluate(_ expressions: [Expression], _ locals: inout [Bits]) throws(Stop) -> [Bits] {
        var values: [Bits] = []
        for expression in expressions { values.append(try evaluate(expression, &locals)) }
        return values
    }

    func evaluate(_ expression: Expression, _ locals: inout [Bits]) throws(Stop) -> Bits {
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
            let delta = try evaluate(delta, &locals).i32
            lastLoads = []
            try pages.burn(plan.costs.linear(.memoryGrow, delta))
            return Bits(memory.grow(by: delta))
        case .call(let index, let arguments):
            try step()
            let values = try evaluate(arguments, &locals)
            lastLoads = []
            return try call(index, values)
        case .indirectCall(let type, let element, let arguments):
            try step()
            let values = try evaluate(arguments, &locals)
            let callee = try function(at: try evaluate(element, &locals).i32, type: program.functions[type])
            lastLoads = []
            return try call(callee, values)
        case .host(let operation, let arguments):
            try step()
            let values = try evaluate(arguments, &locals)
            lastLoads = []
            return try host(operation, values)
        }
    }

    /// What a table's element calls.
    private func function(at element: UInt32, type: Function) throws(Stop) -> Int {
        guard element < UInt32(program.functions.count) else { throw .trap("table_out_of_bounds") }
        guard element < UInt32(program.functions.count - 1) else { throw .trap("indirect_call_to_null") }
        let function = program.functions[Int(element)]
        guard function.params == type.params, function.resultType == type.resultType else {
            throw .trap("bad_signature")
        }
        return Int(element)
    }

    /// Whether the load of this number is one instruction with the store that follows it.
    func isMerged(_ load: Int) -> Bool {
        !scenario.isAdditive && mergeable.contains(load) && choices.takesOther(.mergedUpdate)
    }
}
