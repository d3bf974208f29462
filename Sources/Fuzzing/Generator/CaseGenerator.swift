/// Makes a random program and what it is run on from a seed.
struct CaseGenerator {
    private var random: RandomSource

    private init(seed: UInt64) { random = RandomSource(seed: seed) }

    static func generate(seed: UInt64) -> FuzzCase {
        var generator = CaseGenerator(seed: seed)
        return generator.makeCase()
    }

    private mutating func makeCase() -> FuzzCase {
        let minimum = UInt32(random.pick([0, 1, 1, 1, 1, 2, 2, 2, 3, 4, 6]))
        let size = minimum + UInt32(random.chance(25) ? random.within(0...2) : 0)
        let room = UInt32(random.pick([0, 1, 2, 5]))
        let stackEnd = random.chance(40) ? UInt32(random.below(Int(size) + 1)) : 0
        let growsFirst = room > 0 && random.chance(50)
        let layout = MemoryLayout(
            size: size, room: room, stackEnd: stackEnd, growsFirst: growsFirst, random: &random)
        let program = program(layout, minimum: minimum, maximum: random.chance(60) ? size + room : nil)
        return FuzzCase(program: program, scenario: scenario(layout))
    }

    private mutating func program(_ layout: MemoryLayout, minimum: UInt32, maximum: UInt32?) -> Program {
        var program = Program(
            memoryMinimum: minimum, memoryMaximum: maximum, importsMemory: random.chance(25),
            segments: segments(layout, minimum: minimum), functions: [])
        let usesVectors = random.chance(40)
        let usesHost = random.chance(50)
        let count = random.pick([1, 1, 2, 3, 4])
        for index in 0..<count {
            var generator = FunctionGenerator(
                program: program, layout: layout, usesVectors: usesVectors, usesHost: usesHost,
                isEntry: index == count - 1, random: random)
            program.functions.append(generator.generate())
            random = generator.random
        }
        return program
    }

    private mutating func segments(_ layout: MemoryLayout, minimum: UInt32) -> [Segment] {
        var segments: [Segment] = []
        for _ in 0..<random.pick([0, 0, 1, 1, 2, 3]) {
            let bytes = (0..<random.within(1...40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let limit = Int(minimum) * ModelMemory.wasmPage - bytes.count
            let isActive = limit > 0 && random.chance(60)
            let offset = min(max(limit, 0), Int(layout.place(width: bytes.count, &random)))
            segments.append(Segment(offset: isActive ? UInt32(offset) : nil, bytes: bytes))
        }
        return segments
    }

    private mutating func scenario(_ layout: MemoryLayout) -> Scenario {
        var stored: [UInt32: StoredPage] = [:]
        let share = random.pick([0, 20, 50, 90])
        for page in 0..<layout.pageCount + 4 where random.chance(page < layout.pageCount ? share : share / 2) {
            stored[UInt32(page)] =
                switch random.below(3) {
                case 0: .filled(0)
                case 1: .filled(UInt8(truncatingIfNeeded: random.next()))
                default: .random(random.next())
                }
        }
        return Scenario(
            memorySize: layout.size, memoryMaximum: layout.size + layout.room, stackEnd: layout.stackEnd,
            stored: stored, costs: costs(), gasLimit: random.chance(90) ? 1 << 40 : UInt64(random.below(20_000)),
            firstArgument: UInt32(truncatingIfNeeded: random.next() >> UInt64(random.within(32...63))),
            secondArgument: random.next() >> UInt64(random.below(64)),
            schedule: random.chance(90) ? .standard : .unit)
    }

    /// Different costs tell the kinds apart in the gas alone; equal, zero and unpayable ones have rules of their own.
    private mutating func costs() -> [UInt64] {
        var costs = independentCosts()
        guard random.chance(60) else { return costs }
        for place in [0, 3] {
            let (sum, overflow) = costs[place].addingReportingOverflow(costs[place + 2])
            if !overflow { costs[place + 1] = sum }
        }
        return costs
    }

    private mutating func independentCosts() -> [UInt64] {
        switch random.below(10) {
        case 0: [UInt64](repeating: UInt64(random.below(2)), count: 7)
        case 1: (0..<7).map { _ in random.chance(30) ? 0 : UInt64(random.within(1...100)) }
        case 2: (0..<7).map { _ in random.chance(15) ? .max : UInt64(random.within(1...100)) }
        default: (0..<7).map { _ in UInt64(random.within(1...3000)) }
        }
    }
}
