import CWasmtime

/// A module compiled to machine code, ready to be instantiated.
public final class CompiledModule {
    let handle: OpaquePointer
    let imports: [ModuleImport]
    let exports: [ModuleExport]
    /// By import; nil for the memory, and for what is not provided.
    let hostFunctions: [HostFunction?]
    /// Where the memory comes from that the module imports; nil if it imports none.
    let importedMemory: CompiledModule?

    /// Compiles, and with it validates, a binary module.
    convenience init(
        engine: WasmtimeEngine, binary: [UInt8], hostFunctions: HostFunctions
    ) throws(WasmtimeFailure) {
        var module: OpaquePointer?
        try WasmtimeFailure.check(wasmtime_module_new(engine.handle, binary, binary.count, &module))
        try self.init(engine: engine, owning: module, hostFunctions: hostFunctions)
    }

    /// Takes machine code as `serialized` gave it, which must come from a place that only this service can write.
    convenience init(
        engine: WasmtimeEngine, trustedMachineCode bytes: UnsafeRawBufferPointer, hostFunctions: HostFunctions
    ) throws(WasmtimeFailure) {
        var module: OpaquePointer?
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        try WasmtimeFailure.check(wasmtime_module_deserialize(engine.handle, start, bytes.count, &module))
        try self.init(engine: engine, owning: module, hostFunctions: hostFunctions)
    }

    private init(
        engine: WasmtimeEngine, owning module: OpaquePointer?, hostFunctions: HostFunctions
    ) throws(WasmtimeFailure) {
        guard let module else { throw WasmtimeFailure(message: "no module was made") }
        handle = module
        imports = Self.imports(of: module)
        exports = Self.exports(of: module)
        self.hostFunctions = hostFunctions.imported(by: imports)
        let memory = imports.lazy.compactMap { item -> [UInt8]? in
            guard case .memory(let minimum, let maximum) = item.type else { return nil }
            return MemoryModule.binary(minimum: minimum, maximum: maximum)
        }.first
        do throws(WasmtimeFailure) {
            importedMemory = try memory.map { (binary) throws(WasmtimeFailure) in
                try CompiledModule(engine: engine, binary: binary, hostFunctions: hostFunctions)
            }
        } catch {
            wasmtime_module_delete(module)
            throw error
        }
    }

    deinit { wasmtime_module_delete(handle) }

    /// In Wasm pages.
    public var initialMemorySize: UInt32 {
        guard case .memory(let minimum, _) = memoryType else { return 0 }
        return UInt32(clamping: minimum)
    }

    /// Of the memory that is the program's; nil if the module neither imports nor exports it.
    var memoryType: ExternType? {
        imports.first { $0.isMemory }?.type ?? exports.first { $0.name == "memory" }?.type
    }

    func serialized() throws(WasmtimeFailure) -> [UInt8] {
        var bytes = wasm_byte_vec_t()
        try WasmtimeFailure.check(wasmtime_module_serialize(handle, &bytes))
        defer { wasm_byte_vec_delete(&bytes) }
        return Array(UnsafeRawBufferPointer(start: bytes.data, count: bytes.size))
    }

    /// The addresses of the compiled code.
    var codeRange: Range<UInt> {
        var (start, end): (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?)
        wasmtime_module_image_range(handle, &start, &end)
        return UInt(bitPattern: start)..<UInt(bitPattern: end)
    }

    private static func imports(of handle: OpaquePointer) -> [ModuleImport] {
        var types = wasm_importtype_vec_t()
        wasmtime_module_imports(handle, &types)
        defer { wasm_importtype_vec_delete(&types) }
        return (0..<types.size).map { index in
            let type = types.data[index]
            return ModuleImport(
                module: String(wasmName: wasm_importtype_module(type).pointee),
                name: String(wasmName: wasm_importtype_name(type).pointee),
                type: ExternType(wasm_importtype_type(type)))
        }
    }

    private static func exports(of handle: OpaquePointer) -> [ModuleExport] {
        var types = wasm_exporttype_vec_t()
        wasmtime_module_exports(handle, &types)
        defer { wasm_exporttype_vec_delete(&types) }
        return (0..<types.size).map { index in
            let type = types.data[index]
            return ModuleExport(
                name: String(wasmName: wasm_exporttype_name(type).pointee),
                type: ExternType(wasm_exporttype_type(type)))
        }
    }
}

extension WasmtimeFailure {
    init(message: String) { self.message = message }
}
