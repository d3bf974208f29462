import CWasmtime
import Pages
import WorkerProtocol

/// Decides whether an upload can be run, and describes it.
struct ModuleInspector {
    let engine: WasmtimeEngine
    /// The largest memory that is served, in Wasm pages.
    let memoryLimit: UInt32
    let hostFunctions: HostFunctions

    /// An empty function costs the compiler 5 KB, so that a module of 2 MB could ask for gigabytes.
    private static let functionLimit = 100_000

    /// - Returns: the description, the binary module, and the module compiled.
    func inspect(
        code: [UInt8], isText: Bool
    ) throws(ModuleRefusal) -> (description: ModuleDescription, binary: [UInt8], module: CompiledModule) {
        let binary = isText ? try assemble(code) : code
        try checkSections(binary)
        let module = try compile(binary)
        for item in module.imports { try check(item) }
        let exports = Dictionary(module.exports.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
        let memory = try memory(of: module, exports)
        let metered = try checkGasGlobal(exports["gear_gas"])
        let stackEnd = try stackEnd(of: module, exports["__gear_stack_end"], memorySize: memory.size)
        let entries = module.exports.compactMap { export -> Entry? in
            guard case .function(let params, let results) = export.type else { return nil }
            return Entry(name: export.name, params: params, results: results)
        }
        let description = ModuleDescription(
            hash: SHA256Digest.hex(binary), size: binary.count, memorySize: memory.size,
            memoryMaximum: memory.maximum, stackEnd: stackEnd, entries: entries, metered: metered)
        return (description, binary, module)
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

    private func checkSections(_ binary: [UInt8]) throws(ModuleRefusal) {
        guard let sections = ModuleSections(binary) else { return }
        if let offset = sections.startSection {
            throw ModuleRefusal(
                code: "start_section",
                message: "the module has a start section (at offset \(offset)); a program runs only when a job calls it"
            )
        }
        guard sections.functionCount <= Self.functionLimit else {
            throw ModuleRefusal(
                code: "module_too_large",
                message: "the module has \(sections.functionCount) functions; at most \(Self.functionLimit) are served")
        }
        func refuse(_ what: String) -> ModuleRefusal {
            ModuleRefusal(code: "unsupported_memory", message: "\(what); a program has one 32-bit memory of its own")
        }
        for flags in sections.memoryFlags {
            if flags & 2 != 0 { throw refuse("the memory is shared") }
            if flags & 4 != 0 { throw refuse("the memory is 64-bit") }
            if flags & 8 != 0 { throw refuse("the memory has a page size of its own") }
        }
        if sections.memoryFlags.count > 1 { throw refuse("the module has \(sections.memoryFlags.count) memories") }
    }

    private func compile(_ binary: [UInt8]) throws(ModuleRefusal) -> CompiledModule {
        do throws(WasmtimeFailure) {
            return try CompiledModule(engine: engine, binary: binary)
        } catch {
            let message = error.message.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
                .joined(separator: " ")
            let isFeature = ["must be enabled", "not enabled", "proposal"].contains { message.contains($0) }
            throw ModuleRefusal(code: isFeature ? "unsupported_feature" : "invalid_module", message: message)
        }
    }

    private func check(_ item: ModuleImport) throws(ModuleRefusal) {
        if item.isMemory {
            guard case .memory = item.type else {
                throw ModuleRefusal(code: "import_signature", message: "env.memory is imported as something else")
            }
            return
        }
        let name = "\(item.module.clipped).\(item.name.clipped)"
        let provided = hostFunctions.named(item)
        guard !provided.isEmpty else {
            throw ModuleRefusal(code: "unknown_import", message: "there is no \(name) to import")
        }
        guard hostFunctions.function(for: item) != nil else {
            let expected = provided.map { "\($0.type)" }.joined(separator: " or ")
            throw ModuleRefusal(
                code: "import_signature", message: "\(name) is imported as \(item.type); it is \(expected)")
        }
    }

    private func memory(
        of module: CompiledModule, _ exports: [String: ExternType]
    ) throws(ModuleRefusal) -> (size: UInt32, maximum: UInt32) {
        let imported = module.imports.first { $0.isMemory }?.type
        guard case .memory(let minimum, let maximum) = imported ?? exports["memory"] else {
            throw ModuleRefusal(
                code: "memory_missing", message: "the module neither imports env.memory nor exports memory")
        }
        guard minimum <= UInt64(memoryLimit) else {
            throw ModuleRefusal(
                code: "memory_too_large",
                message: "the memory begins with \(minimum) pages of 64 KiB; at most \(memoryLimit) are served")
        }
        return (UInt32(minimum), UInt32(min(maximum ?? UInt64(memoryLimit), UInt64(memoryLimit))))
    }

    private func checkGasGlobal(_ type: ExternType?) throws(ModuleRefusal) -> Bool {
        guard let type else { return false }
        guard type == .global(type: "i64", isMutable: true) else {
            throw ModuleRefusal(code: "gas_global_type", message: "the export gear_gas must be a mutable i64 global")
        }
        return true
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
        guard type == .global(type: "i32", isMutable: false), let value = instance.global("__gear_stack_end") else {
            throw ModuleRefusal(
                code: "invalid_module", message: "the export __gear_stack_end must be an immutable i32 global")
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
