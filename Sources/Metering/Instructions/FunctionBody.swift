/// A function's locals and instructions.
struct FunctionBody {
    /// How many runs of locals of one type there are, and where they lie.
    let localRunCount: Int
    let localRuns: Range<Int>
    let parameterCount: Int
    /// Without parameters.
    let localCount: Int
    /// Offset behind the last instruction, which is the function's `end`.
    let end: Int
    private(set) var instructions: [Instruction] = []
    /// By instruction: it leaves the function when it goes where it may. Not set for calls and traps.
    private(set) var exits: [Bool] = []

    /// - Parameters:
    ///   - index: among the functions that the module defines.
    ///   - faults: takes unsupported instructions that can be read over. Without it, they are thrown.
    init(_ module: Module, _ index: Int, _ faults: FaultCollector? = nil) throws(MeteringError) {
        var reader = ByteReader(module.bytes, module.bodies[index])
        end = reader.end
        parameterCount = module.parameterCounts[module.functionTypes[index]]
        localRunCount = try reader.count()
        let start = reader.offset
        var count = 0
        for _ in 0..<localRunCount {
            let runStart = reader.offset
            count += Int(try reader.unsigned())
            _ = try reader.valueType()
            guard parameterCount + count <= Limits.localCount else {
                throw MeteringError(.tooLarge("the number of locals", limit: Limits.localCount), at: runStart)
            }
        }
        localCount = count
        localRuns = start..<reader.offset
        var spaces = module.spaces
        spaces.locals = parameterCount + localCount
        try readInstructions(&reader, spaces, faults)
        try reader.requireEnd(of: "function")
    }

    private mutating func readInstructions(
        _ reader: inout ByteReader, _ spaces: IndexSpaces, _ faults: FaultCollector?
    ) throws(MeteringError) {
        let opcodes = OpcodeTable.opcodes
        // Of each open control block, the function's first: whether an `else` may follow.
        var open = [false]
        while !open.isEmpty {
            guard !reader.isAtEnd else { throw MeteringError(.missingEnd, at: reader.offset) }
            let instruction: Instruction
            do throws(MeteringError) {
                instruction = try reader.instruction(opcodes, spaces)
            } catch {
                guard let faults, !faults.isFull, let immediates = UnsupportedInstructions.immediates(of: error) else {
                    throw error
                }
                faults.add(error)
                try reader.skip(immediates, spaces)
                continue
            }
            var exits = false
            switch instruction.flow {
            case .block, .loop: open.append(false)
            case .if: open.append(true)
            case .else:
                guard open.removeLast() else { throw MeteringError(.elseWithoutIf, at: instruction.start) }
                open.append(false)
            case .end:
                open.removeLast()
                exits = open.isEmpty
            case .branch, .conditionalBranch:
                guard instruction.label < open.count else {
                    throw MeteringError(.labelOutOfRange(instruction.label), at: instruction.start)
                }
                exits = instruction.label == open.count - 1
            case .return, .tailCall: exits = true
            case .next, .call, .trap: break
            }
            guard open.count <= Limits.nesting else {
                throw MeteringError(.tooLarge("the nesting of blocks", limit: Limits.nesting), at: instruction.start)
            }
            instructions.append(instruction)
            self.exits.append(exits)
        }
    }
}
