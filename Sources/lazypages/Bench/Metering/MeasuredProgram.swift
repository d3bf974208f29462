import CWasmtime
import Glibc
import Metering

/// An engine whose code is that of the service's, on Wasmtime's own memory.
final class BenchEngine {
    fileprivate let handle: OpaquePointer

    init(countsFuel: Bool) throws {
        let config = wasm_config_new()
        wasmtime_config_cranelift_nan_canonicalization_set(config, true)
        wasmtime_config_memory_may_move_set(config, false)
        wasmtime_config_memory_reservation_set(config, 1 << 32)
        wasmtime_config_memory_guard_size_set(config, 32 << 20)
        wasmtime_config_consume_fuel_set(config, countsFuel)
        guard let handle = wasm_engine_new_with_config(config) else {
            throw Failure(.service, "Wasmtime gives no engine")
        }
        self.handle = handle
    }

    deinit { wasm_engine_delete(handle) }

    /// Assembles the text format.
    static func assemble(_ text: String) throws -> [UInt8] {
        var binary = wasm_byte_vec_t()
        try check(text.utf8CString.withUnsafeBufferPointer { wasmtime_wat2wasm($0.baseAddress, $0.count - 1, &binary) })
        defer { wasm_byte_vec_delete(&binary) }
        return Array(UnsafeRawBufferPointer(start: binary.data, count: binary.size))
    }

    fileprivate static func check(_ error: OpaquePointer?) throws {
        guard let error else { return }
        defer { wasmtime_error_delete(error) }
        var message = wasm_name_t()
        wasmtime_error_message(error, &message)
        defer { wasm_byte_vec_delete(&message) }
        let text = String(decoding: UnsafeRawBufferPointer(start: message.data, count: message.size), as: UTF8.self)
        throw Failure(.service, "Wasmtime: \(text)")
    }
}

/// An instance of a program, with gas or fuel that never runs out.
final class MeasuredProgram {
    private let engine: BenchEngine
    private let store: OpaquePointer
    private let context: OpaquePointer
    private var instance = wasmtime_instance_t()

    private static let limit = Int64.max

    init(_ engine: BenchEngine, _ binary: [UInt8], countsFuel: Bool) throws {
        self.engine = engine
        guard let store = wasmtime_store_new(engine.handle, nil, nil), let context = wasmtime_store_context(store)
        else {
            throw Failure(.service, "Wasmtime gives no store")
        }
        (self.store, self.context) = (store, context)
        var module: OpaquePointer?
        try BenchEngine.check(wasmtime_module_new(engine.handle, binary, binary.count, &module))
        defer { wasmtime_module_delete(module) }
        if countsFuel { try BenchEngine.check(wasmtime_context_set_fuel(context, UInt64(Self.limit))) }
        var trap: OpaquePointer?
        try BenchEngine.check(wasmtime_instance_new(context, module, nil, 0, &instance, &trap))
        try set(.gas, Self.limit)
        try set(.own, -Self.limit)
    }

    deinit { wasmtime_store_delete(store) }

    /// Calls `run`.
    /// - Returns: the result, and processor time in nanoseconds.
    func run(_ parameter: Int32) throws -> (result: Int32, nanoseconds: UInt64) {
        guard var function = export("run")?.of.func else { throw Failure(.service, "a program exports no run") }
        var (value, result) = (wasmtime_val_t(), wasmtime_val_t())
        value.kind = UInt8(WASM_I32)
        value.of.i32 = parameter
        var trap: OpaquePointer?
        let began = Self.processorTime
        let error = wasmtime_func_call(context, &function, &value, 1, &result, 1, &trap)
        let ended = Self.processorTime
        try BenchEngine.check(error)
        guard trap == nil else { throw Failure(.service, "a program to measure trapped") }
        return (result.of.i32, ended - began)
    }

    /// By all calls together; 0 for a program without a gas counter.
    var burned: Int64 {
        global(.own).map { $0 + Self.limit } ?? global(.gas).map { Self.limit - $0 } ?? 0
    }

    private func set(_ name: GasName, _ number: Int64) throws {
        guard var global = export(name.rawValue)?.of.global else { return }
        var value = wasmtime_val_t()
        value.kind = UInt8(WASM_I64)
        value.of.i64 = number
        try BenchEngine.check(wasmtime_global_set(context, &global, &value))
    }

    private func global(_ name: GasName) -> Int64? {
        guard var global = export(name.rawValue)?.of.global else { return nil }
        var value = wasmtime_val_t()
        wasmtime_global_get(context, &global, &value)
        return value.of.i64
    }

    private func export(_ name: String) -> wasmtime_extern_t? {
        var item = wasmtime_extern_t()
        return wasmtime_instance_export_get(context, &instance, name, name.utf8.count, &item) ? item : nil
    }

    /// Of this thread, in nanoseconds.
    private static var processorTime: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
