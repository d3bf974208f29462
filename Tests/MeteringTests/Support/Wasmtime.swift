import CWasmtime
import Testing

/// Wasmtime with the features that the service enables.
final class Wasmtime: @unchecked Sendable {  // engines may be shared among threads
    static let cranelift = Wasmtime(strategy: WASMTIME_STRATEGY_CRANELIFT)
    static let winch = Wasmtime(strategy: WASMTIME_STRATEGY_WINCH)

    let engine: OpaquePointer?

    private init(strategy: Int) {
        let config = wasm_config_new()
        wasmtime_config_strategy_set(config, UInt8(strategy))
        wasmtime_config_wasm_threads_set(config, false)
        wasmtime_config_wasm_relaxed_simd_set(config, false)
        wasmtime_config_wasm_multi_memory_set(config, false)
        wasmtime_config_wasm_memory64_set(config, false)
        wasmtime_config_wasm_gc_set(config, false)
        wasmtime_config_wasm_exceptions_set(config, false)
        wasmtime_config_wasm_function_references_set(config, false)
        wasmtime_config_cranelift_nan_canonicalization_set(config, true)
        engine = wasm_engine_new_with_config(config)
    }

    /// The reason why a module is invalid; nil if it is valid.
    func refusal(of binary: [UInt8]) -> String? {
        WasmtimeFailure(wasmtime_module_validate(engine, binary, binary.count))?.message
    }

    /// Assembles the text format.
    static func assemble(_ text: String) throws -> [UInt8] {
        var binary = wasm_byte_vec_t()
        let error = text.utf8CString.withUnsafeBufferPointer {
            wasmtime_wat2wasm($0.baseAddress, $0.count - 1, &binary)
        }
        if let failure = WasmtimeFailure(error) { throw failure }
        defer { wasm_byte_vec_delete(&binary) }
        return Array(UnsafeRawBufferPointer(start: binary.data, count: binary.size))
    }
}

struct WasmtimeFailure: Error {
    let message: String

    /// Takes the error over; nil for none.
    init?(_ error: OpaquePointer?) {
        guard let error else { return nil }
        var bytes = wasm_name_t()
        wasmtime_error_message(error, &bytes)
        message = String(decoding: UnsafeRawBufferPointer(start: bytes.data, count: bytes.size), as: UTF8.self)
        wasm_byte_vec_delete(&bytes)
        wasmtime_error_delete(error)
    }
}
