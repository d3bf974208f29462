/// Pays for each block at its begin by a call. What the call reads and writes, the host may change at any access of
/// memory: a charge in line would let the compiler keep an old value across one, and lose the host's charges.
struct ExactForm: FunctionRewriter {
    private let bytes: [UInt8]
    private let weights: Weights
    private let gas: UInt32
    private let exhausted: UInt32
    private let zero: UInt32
    private let charge: UInt32
    private let chargeLinear: UInt32
    private let guardCopy: UInt32
    private let hasMemory: Bool

    init(_ module: Module, _ weights: Weights) {
        bytes = module.bytes
        self.weights = weights
        gas = UInt32(module.globals.count)
        exhausted = gas + 1
        zero = gas + 2
        charge = UInt32(module.functionCount)
        chargeLinear = charge + 1
        guardCopy = chargeLinear + 1
        hasMemory = module.hasMemory
    }

    var globals: [CounterGlobal] {
        [CounterGlobal(name: .gas, width: .i64), CounterGlobal(name: .exhausted, width: .i32), .zero]
    }

    /// One takes a cost. The other is for what costs by number: it takes the number, the cost and its power of two, and
    /// returns the number.
    var helpers: [HelperFunction] {
        [
            HelperFunction(
                parameters: [.i64], results: [],
                code: Code(.getGlobal(gas), .getLocal(0), .isLess, .if)
                    + Code(.i64(0), .setGlobal(gas), .i32(1), .setGlobal(exhausted), .unreachable, .end)
                    + Code(.getGlobal(gas), .getLocal(0), .subtract, .setGlobal(gas), .end)),
            HelperFunction(
                parameters: [.i32, .i64, .i64], results: [.i32],
                code: LinearCost.gas + Code(.call(charge), .getLocal(0), .end)),
        ] + (hasMemory ? [CopyGuard.helper] : [])
    }

    func rewrite(_ body: FunctionBody) throws(MeteringError) -> RewrittenBody {
        let zeroLocal = UInt32(body.parameterCount + body.localCount)
        let guards = StoreGuards(body, bytes, zero: zeroLocal)
        var writer = BodyWriter(bytes, body, addedLocals: guards.isEmpty ? 0 : 1)
        if !guards.isEmpty { writer.prepend(Code(.getGlobal(zero), .setLocal(zeroLocal))) }
        var blocks = body.meteredBlocks(weights)[...]
        for (index, instruction) in body.instructions.enumerated() {
            if let block = blocks.first, block.start == index {
                blocks.removeFirst()
                if block.cost > 0 { try writer.insert(Code(.i64(block.cost), .call(charge)), at: instruction.start) }
            }
            if let code = guards.code(before: instruction, at: index) { try writer.insert(code, at: instruction.start) }
            if let linear = weights.linear(instruction.weight) {
                try writer.insert(linear.operands + Code(.call(chargeLinear)), at: instruction.start)
            }
            if instruction.weight == .memoryCopy { try writer.insert(Code(.call(guardCopy)), at: instruction.start) }
        }
        return try writer.finish(at: body.end)
    }
}
