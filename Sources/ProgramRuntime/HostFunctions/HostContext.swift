import CWasmtime

/// What the host functions of one instance work on.
final class HostContext {
    /// Set while the instance's program runs.
    var memory: (any HostMemory)?
    /// Why a host function could not go on, where that is not the program's doing.
    private(set) var failure: ExecutionError?
    /// How a host function ended the program, where one did.
    private(set) var end: HostEnd?
    /// Whether the gas did not cover a host function.
    private(set) var isOutOfGas = false

    /// Makes the function in the instance's store.
    func link(_ function: HostFunction, _ store: OpaquePointer) -> wasmtime_func_t {
        let type = Self.functionType(function)
        defer { wasm_functype_delete(type) }
        let binding = Unmanaged.passRetained(HostBinding(function: function, context: self)).toOpaque()
        var handle = wasmtime_func_t()
        wasmtime_func_new(store, type, callHostFunction, binding, releaseHostBinding, &handle)
        return handle
    }

    private static func functionType(_ function: HostFunction) -> OpaquePointer? {
        var params = wasm_valtype_vec_t()
        var results = wasm_valtype_vec_t()
        let types = [function.params, function.results].map { $0.map { wasm_valtype_new($0.wasmtimeKind) } }
        wasm_valtype_vec_new(&params, types[0].count, types[0])
        wasm_valtype_vec_new(&results, types[1].count, types[1])
        return wasm_functype_new(&params, &results)
    }

    fileprivate func call(
        _ function: HostFunction, _ params: UnsafeBufferPointer<wasmtime_val_t>,
        _ results: UnsafeMutableBufferPointer<wasmtime_val_t>
    ) -> OpaquePointer? {
        do throws(HostFailure) {
            guard let memory else { throw .execution(.engineInvariant("\(function.name) was called too early")) }
            let values = try function.body(HostCall(arguments: params.compactMap(HostValue.init), memory: memory))
            guard values.map(\.type) == function.results else {
                throw .execution(.engineInvariant("\(function.name) answered with values of other types"))
            }
            for (index, value) in values.enumerated() { results[index] = value.wasmtimeValue }
            return nil
        } catch {
            return trap(for: error)
        }
    }

    private func trap(for failure: HostFailure) -> OpaquePointer? {
        switch failure {
        case .memoryOutOfBounds: return wasmtime_trap_new_code(UInt8(WASMTIME_TRAP_CODE_MEMORY_OUT_OF_BOUNDS))
        case .gasLimitExceeded: isOutOfGas = true
        case .ended(let end): self.end = end
        case .execution(let error): self.failure = self.failure ?? error
        }
        // Nobody looks at the trap: what was noted is what counts.
        return wasmtime_trap_new_code(UInt8(WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED))
    }
}

/// What Wasmtime hands back with each call; it holds it until the store goes.
private final class HostBinding {
    let function: HostFunction
    /// Not owned: the instance owns the store and the context, and calls only while it lives.
    unowned let context: HostContext

    init(function: HostFunction, context: HostContext) {
        self.function = function
        self.context = context
    }
}

private let callHostFunction: wasmtime_func_callback_t = { binding, _, params, paramCount, results, resultCount in
    guard let binding else { return nil }
    let called = Unmanaged<HostBinding>.fromOpaque(binding).takeUnretainedValue()
    return called.context.call(
        called.function, UnsafeBufferPointer(start: params, count: paramCount),
        UnsafeMutableBufferPointer(start: results, count: resultCount))
}

private let releaseHostBinding: @convention(c) (UnsafeMutableRawPointer?) -> Void = { binding in
    if let binding { Unmanaged<HostBinding>.fromOpaque(binding).release() }
}
