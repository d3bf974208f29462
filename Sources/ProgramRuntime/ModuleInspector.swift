import CWasmtime
import Digests
import Metering
import Pages
import WorkerProtocol

/// Decides whether an upload can be run, meters it, and describes it. A refusal names everything that is wrong.
struct ModuleInspector {
    let engine: WasmtimeEngine
    /// The largest memory that is served, in Wasm pages.
    let memoryLimit: UInt32
    let hostFunctions: HostFunctions

    /// - Returns: what the upload is, and the module compiled in the form that jobs try first.
    func inspect(code: [UInt8], isText: Bool) throws(ModuleRefusal) -> (InspectedModule, CompiledModule) {
        let binary = isText ? try assemble(code) : code
        let forms = MeteredForms(binary)
        var faults = UploadFaults(binary, metering: forms.faults, engine: engine, hostFunctions: hostFunctions)
        guard faults.isCompilable else { throw refusal(faults.all) }

        let module = try compile(forms.fast?.binary ?? binary)
        faults.add(zip(module.imports, module.hostFunctions).compactMap { fault(of: $0, $1) })
        let memory: ModuleMemory
        do throws(ModuleRefusal) {
            memory = try ModuleMemory(module, limit: memoryLimit)
        } catch {
            throw refusal(faults.all + error.faults)
        }
        guard faults.all.isEmpty else { throw refusal(faults.all) }
        let description = ModuleDescription(
            hash: SHA256Digest.hex(binary), size: binary.count, memorySize: memory.size,
            memoryMaximum: memory.maximum, stackEnd: try stackEnd(of: module, memorySize: memory.size),
            imports: module.imports.compactMap(Import.init), entries: module.exports.compactMap(Entry.init),
            metering: forms.fast == nil ? .program : .service, droppedSections: forms.fast?.droppedSections ?? [])
        return (InspectedModule(description: description, code: binary, meteredForms: forms.all), module)
    }

    private func refusal(_ faults: [ModuleFault]) -> ModuleRefusal {
        ModuleRefusal(faults) ?? ModuleRefusal(code: "invalid_module", message: "the module cannot be run")
    }

    private func assemble(_ text: [UInt8]) throws(ModuleRefusal) -> [UInt8] {
        var binary = wasm_byte_vec_t()
        let error = text.withUnsafeBytes {
            wasmtime_wat2wasm($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, &binary)
        }
        if let failure = WasmtimeFailure(error) {
            // The message goes on with the place, as `--> <anon>:LINE:COLUMN`, and a picture of the source.
            let place = failure.message.split(separator: "\n").first { $0.contains("--> ") }
                .flatMap { $0.split(separator: ">", maxSplits: 2).last }
            let position = place.map { " at line and column \($0.drop { $0 == ":" })" } ?? ""
            throw ModuleRefusal(code: "invalid_module", message: "the text format: \(failure.summary)\(position)")
        }
        defer { wasm_byte_vec_delete(&binary) }
        return Array(UnsafeRawBufferPointer(start: binary.data, count: binary.size))
    }

    private func compile(_ binary: [UInt8]) throws(ModuleRefusal) -> CompiledModule {
        do throws(WasmtimeFailure) {
            return try CompiledModule(engine: engine, binary: binary, hostFunctions: hostFunctions)
        } catch {
            throw refusal([error.fault])
        }
    }

    private func fault(of item: ModuleImport, _ function: HostFunction?) -> ModuleFault? {
        if item.isMemory {
            if case .memory = item.type { return nil }
            return ModuleFault(code: "import_signature", message: "env.memory is imported as something else")
        }
        let name = "\(item.module.clipped).\(item.name.clipped)"
        let provided = hostFunctions.named(module: item.module, item.name)
        guard !provided.isEmpty else { return .unknownImport(module: item.module, item.name) }
        guard function == nil else { return nil }
        var expected: [String] = []
        for type in provided.map({ "\($0.type)" }) where !expected.contains(type) { expected.append(type) }
        return ModuleFault(
            code: "import_signature",
            message: "\(name) is imported as \(item.type); it is \(expected.joined(separator: " or "))")
    }

    /// A trial instance shows the global's value, and that the data segments fit.
    private func stackEnd(
        of module: CompiledModule, memorySize: UInt32
    ) throws(ModuleRefusal) -> UInt32? {
        let type = module.exports.first { $0.name == "__gear_stack_end" }?.type
        let instance: ProgramInstance
        do throws(ExecutionError) {
            instance = try ProgramInstance(engine: engine, module: module, memoryMaximum: memorySize)
        } catch {
            let reason = if case .moduleUnusable(let reason) = error { reason } else { "no memory" }
            throw ModuleRefusal(code: "invalid_module", message: "the module cannot be instantiated: \(reason)")
        }
        guard let type else { return nil }
        // Compilers export the stack pointer itself, which is mutable and begins at the stack's end.
        guard case .global(type: "i32", _) = type, let value = instance.global("__gear_stack_end") else {
            throw ModuleRefusal(
                code: "invalid_module", message: "the export __gear_stack_end must be an i32 global")
        }
        let bytes = UInt32(bitPattern: value.i32)
        let pages = UInt32((UInt64(bytes) + UInt64(PageSize.wasm) - 1) / UInt64(PageSize.wasm))
        guard pages <= memorySize else {
            throw ModuleRefusal(
                code: "invalid_module",
                message: "__gear_stack_end is \(bytes), behind the end of the memory of \(memorySize) pages of 64 KiB")
        }
        return pages
    }
}

/// The one memory of a module, in Wasm pages.
private struct ModuleMemory {
    let size: UInt32
    let maximum: UInt32

    init(_ module: CompiledModule, limit: UInt32) throws(ModuleRefusal) {
        guard case .memory(let minimum, let maximum) = module.memoryType else {
            throw ModuleRefusal(
                code: "memory_missing", message: "the module neither imports env.memory nor exports memory")
        }
        guard minimum <= UInt64(limit) else {
            throw ModuleRefusal(
                code: "memory_too_large",
                message: "the memory begins with \(minimum) pages of 64 KiB; at most \(limit) are served")
        }
        size = UInt32(minimum)
        self.maximum = UInt32(min(maximum ?? UInt64(limit), UInt64(limit)))
    }
}

extension Import {
    /// Nil for what is no function.
    fileprivate init?(_ item: ModuleImport) {
        guard case .function(let params, let results) = item.type else { return nil }
        self.init(module: item.module, name: item.name, params: params, results: results)
    }
}

extension Entry {
    /// Nil for what is no function.
    fileprivate init?(_ export: ModuleExport) {
        guard case .function(let params, let results) = export.type else { return nil }
        self.init(name: export.name, params: params, results: results)
    }
}
