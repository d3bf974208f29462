import CWasmtime
import Metering

/// How a call ended.
enum Outcome: Equatable {
    case returned([Value])
    /// Wasmtime's number of the trap; nil for one without.
    case trapped(UInt8?)

    var isReturn: Bool { if case .returned = self { true } else { false } }
}

enum Value: Equatable {
    case i32(Int32)
    case i64(Int64)

    fileprivate init(_ value: wasmtime_val_t) {
        self = Int32(value.kind) == WASM_I64 ? .i64(value.of.i64) : .i32(value.of.i32)
    }

    fileprivate var raw: wasmtime_val_t {
        var value = wasmtime_val_t()
        switch self {
        case .i32(let number):
            value.kind = UInt8(WASM_I32)
            value.of.i32 = number
        case .i64(let number):
            value.kind = UInt8(WASM_I64)
            value.of.i64 = number
        }
        return value
    }
}

/// A module that Wasmtime has compiled, to be instantiated many times.
final class Compiled {
    let wasmtime: Wasmtime
    fileprivate let module: OpaquePointer?

    init(_ binary: [UInt8], on wasmtime: Wasmtime = .cranelift) throws {
        self.wasmtime = wasmtime
        var module: OpaquePointer?
        if let failure = WasmtimeFailure(wasmtime_module_new(wasmtime.engine, binary, binary.count, &module)) {
            throw failure
        }
        self.module = module
    }

    deinit { wasmtime_module_delete(module) }

    fileprivate var importCount: Int {
        var imports = wasm_importtype_vec_t()
        wasmtime_module_imports(module, &imports)
        defer { wasm_importtype_vec_delete(&imports) }
        return imports.size
    }
}

/// An instance of a module without imports, or with one function, which does what the test says.
final class Instance {
    private let store: OpaquePointer
    private let context: OpaquePointer
    private var instance = wasmtime_instance_t()
    private let hostFunction: (Instance) -> Void
    /// How the start function ended.
    private(set) var start: Outcome = .returned([])

    convenience init(_ binary: [UInt8], on wasmtime: Wasmtime = .cranelift) throws {
        try self.init(Compiled(binary, on: wasmtime))
    }

    init(_ compiled: Compiled, hostFunction: @escaping (Instance) -> Void = { _ in }) throws {
        self.hostFunction = hostFunction
        guard let store = wasmtime_store_new(compiled.wasmtime.engine, nil, nil),
            let context = wasmtime_store_context(store)
        else { throw NoStore() }
        (self.store, self.context) = (store, context)
        var imports = [wasmtime_extern_t](repeating: wasmtime_extern_t(), count: compiled.importCount)
        for index in imports.indices { imports[index].of.func = function() }
        var trap: OpaquePointer?
        if let failure = WasmtimeFailure(
            wasmtime_instance_new(context, compiled.module, imports, imports.count, &instance, &trap))
        {
            throw failure
        }
        if let trap { start = outcome(of: trap) }
    }

    deinit { wasmtime_store_delete(store) }

    struct NoStore: Error {}

    /// A function without parameters and results, which calls the test's.
    private func function() -> wasmtime_func_t {
        var (parameters, results) = (wasm_valtype_vec_t(), wasm_valtype_vec_t())
        let type = wasm_functype_new(&parameters, &results)
        defer { wasm_functype_delete(type) }
        var function = wasmtime_func_t()
        wasmtime_func_new(context, type, callTest, Unmanaged.passUnretained(self).toOpaque(), nil, &function)
        return function
    }

    fileprivate func callHostFunction() { hostFunction(self) }

    func call(_ name: String, _ arguments: [Value] = [], results count: Int = 0) throws -> Outcome {
        guard var function = export(name)?.of.func else { throw NoExport(name: name) }
        var results = [wasmtime_val_t](repeating: wasmtime_val_t(), count: count)
        var trap: OpaquePointer?
        let error = wasmtime_func_call(
            context, &function, arguments.map(\.raw), arguments.count, &results, count, &trap)
        if let failure = WasmtimeFailure(error) { throw failure }
        if let trap { return outcome(of: trap) }
        return .returned(results.map(Value.init))
    }

    struct NoExport: Error { let name: String }

    /// Where the latest trap was: the innermost function, and the offset in the module.
    private(set) var place: (function: Int, offset: Int)?

    private func outcome(of trap: OpaquePointer) -> Outcome {
        defer { wasm_trap_delete(trap) }
        if let frame = wasm_trap_origin(trap) {
            place = (Int(wasm_frame_func_index(frame)), wasm_frame_module_offset(frame))
            wasm_frame_delete(frame)
        }
        var code: UInt8 = 0
        return .trapped(wasmtime_trap_code(trap, &code) ? code : nil)
    }

    private func export(_ name: String) -> wasmtime_extern_t? {
        var item = wasmtime_extern_t()
        return wasmtime_instance_export_get(context, &instance, name, name.utf8.count, &item) ? item : nil
    }

    /// Of gas; set before a call, as the host does.
    var limit: UInt64 = 0 {
        didSet {
            self[.gas] = limit
            self[.own] = 0 &- limit
        }
    }

    /// As far as the counter is up to date.
    var burned: UInt64 { export(GasName.own.rawValue) == nil ? limit - self[.gas] : self[.own] &+ limit }

    /// A gas counter's value; 0 for one that the module does not have.
    subscript(name: GasName) -> UInt64 {
        get {
            guard var global = export(name.rawValue)?.of.global else { return 0 }
            var value = wasmtime_val_t()
            wasmtime_global_get(context, &global, &value)
            return Int32(value.kind) == WASM_I64 ? UInt64(bitPattern: value.of.i64) : UInt64(value.of.i32)
        }
        set {
            guard var global = export(name.rawValue)?.of.global else { return }
            var value = Value.i64(Int64(bitPattern: newValue)).raw
            _ = WasmtimeFailure(wasmtime_global_set(context, &global, &value))
        }
    }
}

private let callTest: wasmtime_func_callback_t = { environment, _, _, _, _, _ in
    if let environment { Unmanaged<Instance>.fromOpaque(environment).takeUnretainedValue().callHostFunction() }
    return nil
}
