import Testing

@testable import Metering

/// The metered module.
func metered(
    _ binary: [UInt8], _ form: MeteringForm, _ weights: Weights = .standard
) throws -> [UInt8] {
    guard case .metered(let module) = try meter(binary, form: form, weights: weights) else { throw SelfMetered() }
    return module.binary
}

struct SelfMetered: Error {}

/// The module that counts each instruction by itself.
func counting(_ binary: [UInt8], _ weights: Weights = .standard) throws -> [UInt8] {
    let module = try Module(binary)
    return try ModuleRewriter(module: module, form: InstructionCounter(module, weights)).rewrite().binary
}

/// How a call of a metered module ended.
struct Run: Equatable {
    enum End: Equatable {
        case ended(Outcome)
        case exhausted
    }

    var end: End
    /// Of the program itself.
    var burned: UInt64
    /// What the counter says in the end.
    var left: UInt64
}

/// A call of one entry of a module, in any form.
struct Program {
    let binary: [UInt8]
    var entry = "run"
    var arguments: [Value] = []
    var results = 0

    func unmetered(on wasmtime: Wasmtime = .cranelift) throws -> Outcome {
        try Instance(binary, on: wasmtime).call(entry, arguments, results: results)
    }

    func exact(
        limit: UInt64, weights: Weights = .standard, on wasmtime: Wasmtime = .cranelift
    ) throws -> Run {
        let instance = try Instance(try metered(binary, .exact, weights), on: wasmtime)
        instance.limit = limit
        let outcome = try instance.call(entry, arguments, results: results)
        return Run(
            end: instance[.exhausted] == 1 ? .exhausted : .ended(outcome), burned: instance.burned,
            left: instance[.gas])
    }

    /// - Returns: nil if the program trapped, which says nothing in this form.
    func fast(limit: UInt64, weights: Weights = .standard, on wasmtime: Wasmtime = .cranelift) throws -> Run? {
        try counted(by: try metered(binary, .fast, weights), limit: limit, on: wasmtime)
    }

    /// - Returns: nil if the program trapped, or would have burned more than the limit.
    func instructions(
        limit: UInt64, weights: Weights = .standard, on wasmtime: Wasmtime = .cranelift
    ) throws -> Run? {
        try counted(by: try counting(binary, weights), limit: limit, on: wasmtime)
    }

    private func counted(by binary: [UInt8], limit: UInt64, on wasmtime: Wasmtime) throws -> Run? {
        let instance = try Instance(binary, on: wasmtime)
        instance.limit = limit
        let outcome = try instance.call(entry, arguments, results: results)
        let burned = instance.burned
        guard outcome.isReturn else { return nil }
        guard burned <= limit else { return Run(end: .exhausted, burned: limit, left: 0) }
        return Run(end: .ended(outcome), burned: burned, left: limit - burned)
    }
}
