import CWasmtime
import Pages

/// A module instantiated in a store of its own: its memory holds the module's data segments and nothing else yet.
final class ProgramInstance {
    private let store: OpaquePointer
    let context: OpaquePointer
    private var instance = wasmtime_instance_t()
    private var memory = wasmtime_memory_t()
    let linearMemory: LinearMemory
    let host = HostContext()

    /// - Parameter memoryMaximum: what the memory may grow to, in Wasm pages.
    init(engine: WasmtimeEngine, module: CompiledModule, memoryMaximum: UInt32) throws(ExecutionError) {
        guard let store = wasmtime_store_new(engine.handle, nil, nil), let context = wasmtime_store_context(store)
        else {
            throw .memoryNotAvailable("no store could be made")
        }
        (self.store, self.context) = (store, context)
        wasmtime_store_limiter(
            store, Int64(memoryMaximum) * Int64(PageSize.wasm), Self.tableElementLimit, -1, Self.tableLimit, -1)
        do throws(ExecutionError) {
            (instance, memory) = try Self.instantiate(module, context, host)
            guard let linearMemory = engine.memories.takeNewest() else {
                throw ExecutionError.memoryNotAvailable("the instance has no memory")
            }
            self.linearMemory = linearMemory
        } catch {
            wasmtime_store_delete(store)
            throw error
        }
    }

    deinit { wasmtime_store_delete(store) }

    /// Of each table; an element takes 8 bytes.
    private static let tableElementLimit: Int64 = 1_000_000
    private static let tableLimit: Int64 = 4

    private static func instantiate(
        _ module: CompiledModule, _ context: OpaquePointer, _ host: HostContext
    ) throws(ExecutionError) -> (wasmtime_instance_t, wasmtime_memory_t) {
        var memory: wasmtime_extern_t?
        if let importedMemory = module.importedMemory {
            var maker = try instantiate(importedMemory, imports: [], context)
            memory = try memoryExport(of: &maker, context)
        }
        var imports: [wasmtime_extern_t] = []
        for (item, function) in zip(module.imports, module.hostFunctions) {
            if let memory, item.isMemory {
                imports.append(memory)
            } else if let function {
                var imported = wasmtime_extern_t()
                imported.kind = UInt8(WASM_EXTERN_FUNC)
                imported.of.func = host.link(function, context)
                imports.append(imported)
            } else {
                throw .moduleUnusable("there is no \(item.module.clipped).\(item.name.clipped) to import")
            }
        }
        var instance = try instantiate(module, imports: imports, context)
        if let memory { return (instance, memory.of.memory) }
        return (instance, try memoryExport(of: &instance, context).of.memory)
    }

    private static func instantiate(
        _ module: CompiledModule, imports: [wasmtime_extern_t], _ context: OpaquePointer
    ) throws(ExecutionError) -> wasmtime_instance_t {
        var (instance, trap) = (wasmtime_instance_t(), OpaquePointer?.none)
        let error = wasmtime_instance_new(context, module.handle, imports, imports.count, &instance, &trap)
        if let failure = WasmtimeFailure(error) { throw .moduleUnusable(failure.summary) }
        if let trap { throw .moduleUnusable(Trap(consuming: trap).message) }
        return instance
    }

    private static func memoryExport(
        of instance: inout wasmtime_instance_t, _ context: OpaquePointer
    ) throws(ExecutionError) -> wasmtime_extern_t {
        guard let found = export("memory", of: &instance, context), found.kind == UInt8(WASM_EXTERN_MEMORY) else {
            throw .moduleUnusable("it exports no memory")
        }
        return found
    }

    private static func export(
        _ name: String, of instance: inout wasmtime_instance_t, _ context: OpaquePointer
    ) -> wasmtime_extern_t? {
        var found = wasmtime_extern_t()
        return wasmtime_instance_export_get(context, &instance, name, name.utf8.count, &found) ? found : nil
    }

    func function(_ name: String) -> wasmtime_func_t? {
        guard let found = Self.export(name, of: &instance, context), found.kind == UInt8(WASM_EXTERN_FUNC) else {
            return nil
        }
        return found.of.func
    }

    func globalHandle(_ name: String) -> wasmtime_global_t? {
        guard let found = Self.export(name, of: &instance, context), found.kind == UInt8(WASM_EXTERN_GLOBAL) else {
            return nil
        }
        return found.of.global
    }

    /// The value of an exported global.
    func global(_ name: String) -> wasmtime_valunion_t? {
        guard var handle = globalHandle(name) else { return nil }
        var value = wasmtime_val_t()
        wasmtime_global_get(context, &handle, &value)
        return value.of
    }

    /// In Wasm pages.
    var memorySize: UInt32 { UInt32(wasmtime_memory_size(context, &memory)) }

    /// Brings the memory to the size that the program had after its last commit.
    func growMemory(to size: UInt32) throws(ExecutionError) {
        let current = memorySize
        guard size > current else { return }
        guard growMemory(by: size - current) != nil else {
            throw .memoryNotAvailable("the memory cannot grow to \(size) pages of 64 KiB")
        }
    }

    /// - Returns: the size before, in Wasm pages; nil if the memory cannot grow by so many.
    func growMemory(by pages: UInt32) -> UInt32? {
        var previous: UInt64 = 0
        let failure = WasmtimeFailure(wasmtime_memory_grow(context, &memory, UInt64(pages), &previous))
        return failure == nil ? UInt32(previous) : nil
    }

    /// Calls an exported function.
    func call(
        _ function: wasmtime_func_t, params: [wasmtime_val_t], resultCount: Int
    ) throws(WasmtimeFailure) -> CallResult {
        var function = function
        var results = [wasmtime_val_t](repeating: wasmtime_val_t(), count: resultCount)
        var trap: OpaquePointer?
        try WasmtimeFailure.check(
            wasmtime_func_call(context, &function, params, params.count, &results, resultCount, &trap))
        if let trap { return .trapped(Trap(consuming: trap)) }
        return .returned(results)
    }

    enum CallResult {
        case returned([wasmtime_val_t])
        case trapped(Trap)
    }
}
