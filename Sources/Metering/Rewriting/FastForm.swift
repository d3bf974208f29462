/// Counts in a local of each function, which the compiler keeps in a register, and in a global across calls. The count
/// begins at minus the limit, so that looking at the limit reads no memory. What the host charges it keeps to itself, so
/// that it does not matter when the compiler reads or writes the global.
struct FastForm: FunctionRewriter {
    private let bytes: [UInt8]
    private let weights: Weights
    private let own: UInt32
    private let zero: UInt32
    private let chargeLinear: UInt32
    private let guardCopy: UInt32
    private let hasMemory: Bool

    init(_ module: Module, _ weights: Weights) {
        bytes = module.bytes
        self.weights = weights
        own = UInt32(module.globals.count)
        zero = own + 1
        chargeLinear = UInt32(module.functionCount)
        guardCopy = chargeLinear + 1
        hasMemory = module.hasMemory
    }

    var globals: [CounterGlobal] {
        [CounterGlobal(name: .own, width: .i64), .zero]
    }

    /// For what costs by number: takes the number, the cost and its power of two, and returns the number.
    var helpers: [HelperFunction] {
        [
            HelperFunction(
                parameters: [.i32, .i64, .i64], results: [.i32],
                code: Code(.getGlobal(own)) + LinearCost.gas + Code(.add, .setGlobal(own), .getGlobal(own))
                    + checkLimit + Code(.getLocal(0), .end))
        ] + (hasMemory ? [CopyGuard.helper] : [])
    }

    /// Takes a count from the stack, and traps if it is beyond the limit.
    private var checkLimit: Code { Code(.i64(0), .isGreaterSigned, .if, .unreachable, .end) }

    func rewrite(_ body: FunctionBody) throws(MeteringError) -> RewrittenBody {
        let count = UInt32(body.parameterCount + body.localCount)
        let flush = Code(.getLocal(count), .setGlobal(own))
        let reload = Code(.getGlobal(own), .setLocal(count))
        let guards = StoreGuards(body, bytes, zero: count + 1)
        var writer = BodyWriter(bytes, body, addedLocals: guards.isEmpty ? 1 : 2)
        if !guards.isEmpty { writer.prepend(Code(.getGlobal(zero), .setLocal(count + 1))) }
        var blocks = body.meteredBlocks(weights)[...]
        var isReachable = true
        // A function that calls none is in no recursion.
        let isLeaf = !body.instructions.contains { $0.flow == .call || $0.flow == .tailCall }
        for (index, instruction) in body.instructions.enumerated() {
            if let block = blocks.first, block.start == index {
                blocks.removeFirst()
                try writer.insert(begin(block, count: count, isLeaf: isLeaf), at: instruction.start)
            }
            if let code = guards.code(before: instruction, at: index) { try writer.insert(code, at: instruction.start) }
            // The number may be huge, so that the limit is looked at before the instruction is executed.
            if let linear = weights.linear(instruction.weight) {
                try writer.insert(flush + linear.operands + Code(.call(chargeLinear)) + reload, at: instruction.start)
            }
            if instruction.weight == .memoryCopy { try writer.insert(Code(.call(guardCopy)), at: instruction.start) }
            switch instruction.flow {
            case .call:
                try writer.insert(flush, at: instruction.start)
                try writer.insert(reload, at: instruction.end)
            case _ where body.exits[index] && isReachable: try writer.insert(flush, at: instruction.start)
            default: break
            }
            isReachable = !instruction.flow.isFinal
        }
        return try writer.finish(at: body.end)
    }

    private func begin(_ block: MeteredBlock, count: UInt32, isLeaf: Bool) -> Code {
        let before = block.opening == .function ? Code(.getGlobal(own)) : Code(.getLocal(count))
        let sum = block.cost > 0 ? before + Code(.i64(block.cost), .add) : before
        return switch block.opening {
        case .function where isLeaf: sum + Code(.setLocal(count))
        case .function, .loop: sum + Code(.teeLocal(count)) + checkLimit
        case .other: block.cost > 0 ? sum + Code(.setLocal(count)) : Code()
        }
    }
}
