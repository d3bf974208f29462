import CWasmtime
import Metering
import WorkerProtocol

/// What is wrong with an upload as far as it can be said without compiling it.
struct UploadFaults {
    private(set) var all: [ModuleFault] = []
    /// Whether the compiler takes the module, so that it can say more of it.
    private(set) var isCompilable = true

    /// An empty function costs the compiler 5 KB, so that a module of 2 MB could ask for gigabytes.
    private static let functionLimit = 100_000

    /// - Parameter metering: what keeps it from being metered.
    init(_ binary: [UInt8], metering: [MeteringError], engine: WasmtimeEngine, hostFunctions: HostFunctions) {
        let outline = try? ModuleOutline(binary)
        if let outline {
            checkStart(outline)
            checkFunctions(outline)
            checkMemories(outline)
        }
        all += metering.map(ModuleFault.init)
        // What is too large for the service would take the compiler gigabytes.
        if all.contains(where: { $0.code == "module_too_large" }) { isCompilable = false }
        if let failure = WasmtimeFailure(wasmtime_module_validate(engine.handle, binary, binary.count)) {
            // It stops at the first fault, which as a rule has been found above, and named better.
            let fault = failure.fault
            if !all.contains(where: { $0.explains(fault) }) { all.append(fault) }
            isCompilable = false
        }
        if let outline, !isCompilable { checkImports(outline, hostFunctions) }
    }

    /// By name: only the compiler tells their signatures.
    private mutating func checkImports(_ outline: ModuleOutline, _ hostFunctions: HostFunctions) {
        for item in outline.imports where item.kind == .function {
            if hostFunctions.named(module: item.module, item.name).isEmpty {
                all.append(.unknownImport(module: item.module, item.name))
            }
        }
    }

    mutating func add(_ faults: [ModuleFault]) { all += faults }

    private mutating func checkStart(_ outline: ModuleOutline) {
        guard let offset = outline.startSection else { return }
        let message = "the module has a start section (at offset \(offset)); a program runs only when a job calls it"
        all.append(ModuleFault(code: "start_section", message: message, offset: offset))
    }

    private mutating func checkFunctions(_ outline: ModuleOutline) {
        let count = outline.definedFunctionCount
        guard count > Self.functionLimit else { return }
        let message = "the module has \(count) functions; at most \(Self.functionLimit) are served"
        all.append(ModuleFault(code: "module_too_large", message: message))
    }

    private mutating func checkMemories(_ outline: ModuleOutline) {
        var faults: [String] = []
        for memory in outline.memories {
            if memory.isShared { faults.append("the memory is shared") }
            if memory.is64Bit { faults.append("the memory is 64-bit") }
            if memory.hasOwnPageSize { faults.append("the memory has a page size of its own") }
        }
        if outline.memories.count > 1 { faults.append("the module has \(outline.memories.count) memories") }
        all += faults.map {
            ModuleFault(code: "unsupported_memory", message: "\($0); a program has one 32-bit memory of its own")
        }
    }
}

extension WasmtimeFailure {
    /// A module that Wasmtime does not take.
    var fault: ModuleFault {
        let message = message.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }.joined(separator: " ")
        let isFeature = ["must be enabled", "not enabled", "proposal"].contains { message.contains($0) }
        let offset = message.firstMatch(of: /at offset 0x([0-9a-f]+)/).flatMap { Int($0.output.1, radix: 16) }
        return ModuleFault(
            code: isFeature ? "unsupported_feature" : "invalid_module", message: message, offset: offset)
    }
}

extension ModuleFault {
    init(_ error: MeteringError) {
        let code =
            switch error.reason {
            case .unsupportedInstruction, .unsupportedFeature: "unsupported_feature"
            case .tooLarge: "module_too_large"
            case .reservedExport: "gas_global_type"
            default: "invalid_module"
            }
        self.init(code: code, message: error.description, offset: error.offset)
    }

    static func unknownImport(module: String, _ name: String) -> ModuleFault {
        ModuleFault(
            code: "unknown_import", message: "there is no \(module.clipped).\(name.clipped) to import")
    }

    /// Whether what Wasmtime says is said by this already: a memory that is not served needs a feature that is not.
    fileprivate func explains(_ other: ModuleFault) -> Bool { code == other.code || code == "unsupported_memory" }
}
