import CWasmtime
import Metering
import Pages
import WorkerProtocol

/// Decides whether an upload can be run, meters it, and describes it. A refusal names everything that is wrong.
struct ModuleInspector {
    let engine: WasmtimeEngine
    /// The largest memory that is served, in Wasm pages.
    let memoryLimit: UInt32
    let hostFunctions: HostFunctions

    /// An empty function costs the compiler 5 KB, so that a module of 2 MB could ask for gigabytes.
    private static let functionLimit = 100_000

    /// - Returns: what the upload is, and the module compiled in the form that jobs try first.
    func inspect(code: [UInt8], isText: Bool) throws(ModuleRefusal) -> (InspectedModule, CompiledModule) {
        let binary = isText ? try assemble(code) : code
        let sections = ModuleSections(binary)
        var faults = sections.map(sectionFaults) ?? []
        faults += validationFaults(binary, besides: faults)
        let forms = MeteredForms(binary)
        faults += forms.faults.filter { fault in !faults.contains { $0.explains(fault) } }
        try refuse(faults)

        let module = try compile(forms.fast?.binary ?? binary)
        let layout = hostFunctions.layout(of: module.imports)
        faults = module.imports.compactMap { fault(of: $0, layout: layout) }
        let exports = Dictionary(module.exports.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
        var memory: ModuleMemory?
        do throws(ModuleRefusal) {
            memory = try ModuleMemory(module, exports, limit: memoryLimit)
        } catch {
            faults += error.faults
        }
        try refuse(faults)
        guard let memory else { throw ModuleRefusal(code: "memory_missing", message: "the module has no memory") }

        let entries = module.exports.compactMap { export -> Entry? in
            guard case .function(let params, let results) = export.type else { return nil }
            return Entry(name: export.name, params: params, results: results)
        }
        let imports = module.imports.compactMap { item -> Import? in
            guard case .function(let params, let results) = item.type else { return nil }
            return Import(module: item.module, name: item.name, params: params, results: results)
        }
        let description = ModuleDescription(
            hash: SHA256Digest.hex(binary), size: binary.count, memorySize: memory.size,
            memoryMaximum: memory.maximum,
            stackEnd: try stackEnd(of: module, exports["__gear_stack_end"], memorySize: memory.size),
            imports: imports, entries: entries, metering: forms.fast == nil ? .program : .service,
            droppedSections: forms.fast?.droppedSections ?? [])
        return (InspectedModule(description: description, code: binary, meteredForms: forms.all), module)
    }

    private func refuse(_ faults: [ModuleFault]) throws(ModuleRefusal) {
        if let refusal = ModuleRefusal(faults) { throw refusal }
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

    private func sectionFaults(_ sections: ModuleSections) -> [ModuleFault] {
        var faults: [ModuleFault] = []
        if let offset = sections.startSection {
            faults.append(
                ModuleFault(
                    code: "start_section",
                    message:
                        "the module has a start section (at offset \(offset)); a program runs only when a job calls it",
                    offset: offset))
        }
        if sections.functionCount > Self.functionLimit {
            let message = "the module has \(sections.functionCount) functions; at most \(Self.functionLimit) are served"
            faults.append(ModuleFault(code: "module_too_large", message: message))
        }
        func add(_ what: String) {
            let message = "\(what); a program has one 32-bit memory of its own"
            faults.append(ModuleFault(code: "unsupported_memory", message: message))
        }
        for flags in sections.memoryFlags {
            if flags & 2 != 0 { add("the memory is shared") }
            if flags & 4 != 0 { add("the memory is 64-bit") }
            if flags & 8 != 0 { add("the memory has a page size of its own") }
        }
        if sections.memoryFlags.count > 1 { add("the module has \(sections.memoryFlags.count) memories") }
        return faults
    }

    /// Wasmtime's word, which stops at the first fault.
    private func validationFaults(_ binary: [UInt8], besides known: [ModuleFault]) -> [ModuleFault] {
        guard let failure = WasmtimeFailure(wasmtime_module_validate(engine.handle, binary, binary.count)) else {
            return []
        }
        let fault = failure.fault
        return known.contains { $0.explains(fault) } ? [] : [fault]
    }

    private func compile(_ binary: [UInt8]) throws(ModuleRefusal) -> CompiledModule {
        do throws(WasmtimeFailure) {
            return try CompiledModule(engine: engine, binary: binary)
        } catch {
            throw ModuleRefusal([error.fault]) ?? ModuleRefusal(code: "invalid_module", message: error.summary)
        }
    }

    private func fault(of item: ModuleImport, layout: String?) -> ModuleFault? {
        if item.isMemory {
            if case .memory = item.type { return nil }
            return ModuleFault(code: "import_signature", message: "env.memory is imported as something else")
        }
        let name = "\(item.module.clipped).\(item.name.clipped)"
        let provided = hostFunctions.named(item)
        guard !provided.isEmpty else {
            return ModuleFault(code: "unknown_import", message: "there is no \(name) to import")
        }
        guard hostFunctions.function(for: item, layout: layout) == nil else { return nil }
        let expected = provided.map { "\($0.type)" }.joined(separator: " or ")
        return ModuleFault(code: "import_signature", message: "\(name) is imported as \(item.type); it is \(expected)")
    }

    /// A trial instance shows the global's value, and that the data segments fit.
    private func stackEnd(
        of module: CompiledModule, _ type: ExternType?, memorySize: UInt32
    ) throws(ModuleRefusal) -> UInt32? {
        let instance: ProgramInstance
        do throws(ExecutionError) {
            instance = try ProgramInstance(
                engine: engine, module: module, memoryMaximum: memorySize, hostFunctions: hostFunctions)
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

    init(_ module: CompiledModule, _ exports: [String: ExternType], limit: UInt32) throws(ModuleRefusal) {
        let imported = module.imports.first { $0.isMemory }?.type
        guard case .memory(let minimum, let maximum) = imported ?? exports["memory"] else {
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

extension WasmtimeFailure {
    /// A module that Wasmtime does not take.
    fileprivate var fault: ModuleFault {
        let message = message.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }.joined(separator: " ")
        let isFeature = ["must be enabled", "not enabled", "proposal"].contains { message.contains($0) }
        return ModuleFault(code: isFeature ? "unsupported_feature" : "invalid_module", message: message)
    }
}
