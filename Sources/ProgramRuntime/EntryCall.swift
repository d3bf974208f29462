import CWasmtime

/// An entry that is ready to be called: its parameters checked, its program instantiated, the memory brought to its size,
/// and the gas limit in the counter.
struct EntryCall {
    let instance: ProgramInstance
    /// Nil for a module that is not metered.
    let gas: GasCounter?
    private let function: wasmtime_func_t
    private let params: [wasmtime_val_t]
    private let resultCount: Int

    init(
        _ module: CompiledModule, _ request: ExecutionRequest, engine: WasmtimeEngine
    ) throws(ExecutionError) {
        let type = module.exports.first { $0.name == request.entry }?.type
        guard case .function(let paramTypes, let resultTypes) = type else { throw .entryMissing(request.entry) }
        guard let params = EntryValues.params(request.args, types: paramTypes) else {
            throw .parametersMismatch(entry: request.entry)
        }
        instance = try ProgramInstance(engine: engine, module: module, memoryMaximum: request.memoryMaximum)
        guard let function = instance.function(request.entry) else { throw .entryMissing(request.entry) }
        try instance.growMemory(to: request.memorySize)
        gas = GasCounter(instance)
        if let gas, !gas.start(with: request.gasLimit) { throw .engineInvariant("gear_gas cannot be set") }
        self.function = function
        self.params = params
        resultCount = resultTypes.count
    }

    func run() throws(ExecutionError) -> ProgramInstance.CallResult {
        do throws(WasmtimeFailure) {
            return try instance.call(function, params: params, resultCount: resultCount)
        } catch {
            throw .engineInvariant(error.summary)
        }
    }
}
