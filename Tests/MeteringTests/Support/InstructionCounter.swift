@testable import Metering

/// Counts like an interpreter: before each instruction a call adds its cost, and traps beyond the limit. Knows nothing
/// of blocks, so that the two forms can be held against it.
struct InstructionCounter: FunctionRewriter {
    private let bytes: [UInt8]
    private let weights: Weights
    private let own: UInt32
    private let count: UInt32

    init(_ module: Module, _ weights: Weights) {
        bytes = module.bytes
        self.weights = weights
        own = UInt32(module.globals.count)
        count = UInt32(module.functionCount)
    }

    var globals: [CounterGlobal] { [CounterGlobal(name: .own, width: .i64)] }

    var helpers: [HelperFunction] {
        [
            HelperFunction(
                parameters: [.i64], results: [],
                code: Code(.getGlobal(own), .getLocal(0), .add, .setGlobal(own), .getGlobal(own))
                    + Code(.i64(0), .isGreaterSigned, .if, .unreachable, .end, .end)),
            HelperFunction(
                parameters: [.i32, .i64, .i64], results: [.i32],
                code: LinearCost.gas + Code(.call(count), .getLocal(0), .end)),
        ]
    }

    func rewrite(_ body: FunctionBody) throws(MeteringError) -> RewrittenBody {
        var writer = BodyWriter(bytes, body, addedLocals: 0)
        let entry = UInt64(body.localCount) * UInt64(weights.local)
        if entry > 0 { try writer.insert(Code(.i64(entry), .call(count)), at: body.localRuns.upperBound) }
        for instruction in body.instructions {
            let cost = UInt64(weights[instruction.weight])
            if cost > 0 { try writer.insert(Code(.i64(cost), .call(count)), at: instruction.start) }
            if let linear = weights.linear(instruction.weight) {
                try writer.insert(linear.operands + Code(.call(count + 1)), at: instruction.start)
            }
        }
        return try writer.finish(at: body.end)
    }
}
