/// Makes one function: its locals, and a body of nested statements.
struct FunctionGenerator {
    let program: Program
    let layout: MemoryLayout
    let usesVectors: Bool
    let usesHost: Bool
    let isEntry: Bool
    /// Whether it calls itself; mostly with its first parameter counting down.
    let isRecursive: Bool
    var random: RandomSource

    private(set) var params: [ValueType] = []
    private(set) var locals: [ValueType] = []
    /// Locals that statements may set, by type.
    private(set) var variables: [ValueType: [Int]] = [:]
    /// Counts down in the loops around the statement that is being made.
    var countersInUse: [Int] = []
    var freeCounters: [Int] = []
    /// Of the function's result.
    private(set) var resultType: ValueType = .i64
    /// Of the control blocks around the statement that is being made.
    var labels: [Label] = []
    /// Those of them that begin a loop.
    var loopLabels: Set<Label> = []
    private var labelCount = 0

    static let loopDepth = 2
    static let loopCount = 6

    init(
        program: Program, layout: MemoryLayout, usesVectors: Bool, usesHost: Bool, isEntry: Bool, random: RandomSource
    ) {
        self.program = program
        self.layout = layout
        self.usesVectors = usesVectors
        self.usesHost = usesHost
        self.isEntry = isEntry
        var random = random
        isRecursive = !isEntry && random.chance(25)
        self.random = random
    }

    mutating func generate() -> Function {
        declareLocals()
        if !isEntry { resultType = random.pick([.i32, .i64]) }
        var body = block(depth: 0, count: random.within(isEntry ? 3...10 : 1...5))
        if isEntry, layout.growsFirst { body.insert(.drop(.memoryGrow(.i32(layout.room))), at: 0) }
        if isRecursive { body.insert(selfCall(), at: random.below(body.count + 1)) }
        return Function(
            params: params, locals: locals, body: body, result: expression(resultType, depth: 2),
            resultType: resultType)
    }

    private mutating func declareLocals() {
        params = isEntry ? [.i32, .i64] : (isRecursive ? [.i32] : [])
        if !isEntry { params += (0..<random.below(3)).map { _ in random.pick([.i32, .i64, .f32, .f64]) } }
        locals = [.i32, .i32, .i64, .f32, .f64] + (usesVectors ? [.v128] : [])
        for (index, type) in (params + locals).enumerated() where !(isRecursive && index == 0) {
            variables[type, default: []].append(index)
        }
        for _ in 0..<Self.loopDepth {
            freeCounters.append(params.count + locals.count)
            locals.append(.i32)
        }
    }

    /// Calls the function itself with a smaller first parameter, unless that is 0; or as long as there is gas.
    private mutating func selfCall() -> Statement {
        let index = program.functions.count
        let label = newLabel()
        let isEndless = random.chance(20)
        var arguments: [Expression] = [.binary(isEndless ? .i32Add : .i32Sub, .local(0), .i32(1))]
        for type in params.dropFirst() { arguments.append(expression(type, depth: 1)) }
        let condition = isEndless ? expression(.i32, depth: 1) : .local(0)
        return .choose(label, condition, [.drop(.call(index, arguments))], else: [])
    }

    mutating func newLabel() -> Label {
        labelCount += 1
        return labelCount
    }

    mutating func block(depth: Int, count: Int) -> [Statement] {
        (0..<count).map { _ in statement(depth: depth) }
    }

    mutating func statement(depth: Int) -> Statement {
        let kinds = ["set", "store", "update", "restore", "bulk", "pay", "drop", "trap", "control", "branch"]
        let nests = depth < 3
        let weights = [20, 26, 8, 5, 12, usesHost ? 5 : 0, 8, 1, nests ? 22 : 0, labels.isEmpty ? 3 : 10]
        switch kinds[random.weighted(weights)] {
        case "set": return set()
        case "store": return store()
        case "update": return update()
        case "restore": return restore(depth: depth)
        case "bulk": return bulk()
        case "pay": return .drop(.host(.pay, [.i64(UInt64(random.pick([0, 1, 1, 7, 100, random.below(5000)])))]))
        case "control": return control(depth: depth)
        case "branch": return branch()
        case "drop": return .drop(expression(valueType(), depth: 2))
        default: return random.chance(30) ? .unreachable : .drop(trapping())
        }
    }

    private mutating func set() -> Statement {
        let type = valueType()
        guard let variable = variables[type].map({ random.pick($0) }) else { return .drop(expression(type, depth: 2)) }
        return .set(variable, expression(type, depth: 3))
    }

    mutating func store() -> Statement {
        let operations = StoreOperator.allCases.filter { usesVectors || $0.value != .v128 }
        let operation = random.pick(operations)
        return .store(operation, address(width: operation.width), expression(operation.value, depth: 2))
    }

    /// Reads, changes and writes one place, which a compiler may do in one instruction.
    private mutating func update() -> Statement {
        let isWide = random.chance(50)
        let place = address(width: isWide ? 8 : 4)
        if isWide {
            let operation = random.pick([BinaryOperator.i64Add, .i64Sub, .i64And, .i64Or, .i64Xor, .i64Rotl])
            return .store(.i64, place, .binary(operation, .load(.i64, place), expression(.i64, depth: 0)))
        }
        let operation = random.pick([BinaryOperator.i32Add, .i32Sub, .i32And, .i32Or, .i32Xor, .i32Mul])
        return .store(.i32, place, .binary(operation, .load(.i32, place), expression(.i32, depth: 0)))
    }

    /// Stores what was loaded from the place, at once or after something else, which changes nothing but that the page is
    /// written.
    private mutating func restore(depth: Int) -> Statement {
        let pairs: [(LoadOperator, StoreOperator)] =
            [(.i32, .i32), (.i64, .i64), (.f32, .f32), (.f64, .f64), (.i32From8U, .i32To8), (.i64From32U, .i64To32)]
            + (usesVectors ? [(.v128, .v128), (.v128Zero64, .v128Lane64)] : [])
        let (load, store) = random.pick(pairs)
        let place = address(width: max(load.width, store.width))
        guard let variable = variables[load.result].map({ random.pick($0) }), random.chance(70) else {
            return .store(store, place, .load(load, place))
        }
        var statements = [Statement.set(variable, .load(load, place))]
        switch random.below(4) {
        case 0: statements.append(.store(store, place, expression(store.value, depth: 1)))
        case 1: statements.append(statement(depth: depth + 1))
        case 2: statements.append(.drop(expression(valueType(), depth: 1)))
        default: break
        }
        statements.append(.store(store, place, .local(variable)))
        return .block(newLabel(), statements)
    }

    private mutating func bulk() -> Statement {
        let (size, width) = bulkSize()
        let initializes = program.segments.contains { $0.offset == nil } || random.chance(2)
        switch random.below(program.segments.isEmpty || !initializes ? 2 : 4) {
        case 0: return .fill(place(width), value: expression(.i32, depth: 1), size: size)
        case 1: return .copy(place(width), from: place(width), size: size)
        default:
            // One that was copied at the start is gone, and only no bytes of it can be copied again.
            let passive = program.segments.indices.filter { program.segments[$0].offset == nil }
            let isPassive = !passive.isEmpty && random.chance(97)
            let segment = isPassive ? random.pick(passive) : random.below(program.segments.count)
            if random.chance(5) { return .dropSegment(segment) }
            let count = program.segments[segment].bytes.count
            let from = random.below(count + (random.chance(5) ? 2 : 1))
            let rest = max(0, count - from) + (random.chance(5) ? 1 : 0)
            return .initialize(
                segment: segment, place(count), from: .i32(UInt32(from)), size: .i32(UInt32(random.below(rest + 1))))
        }
    }

    private mutating func trapping() -> Expression {
        switch random.below(3) {
        case 0: .binary(random.pick([.i32DivS, .i32RemU]), expression(.i32, depth: 1), .i32(0))
        case 1: .binary(.i64DivS, .i64(1 << 63), .i64(.max))
        default: .unary(.i32TruncF64, expression(.f64, depth: 1))
        }
    }
}
