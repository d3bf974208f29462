import Metering
import WorkerProtocol

/// An upload in both forms of metering, or why it has none.
struct MeteredForms {
    private(set) var all: [MeteredForm] = []
    /// Nil of a module that meters itself.
    private(set) var fast: MeteredModule?
    private(set) var faults: [ModuleFault] = []

    init(_ binary: [UInt8]) {
        for form in MeteringForm.allCases {
            do throws(MeteringError) {
                guard case .metered(let module) = try meter(binary, form: form) else { continue }
                if form == .fast { fast = module }
                all.append(
                    MeteredForm(
                        name: form.rawValue, weightsVersion: Weights.standard.version, code: module.binary))
            } catch {
                // Both forms find the same.
                let fault = ModuleFault(error)
                if !faults.contains(fault) { faults.append(fault) }
            }
        }
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

    /// Whether the other says the same in other words: what is not WebAssembly is found by everyone who reads it, and a
    /// memory that is not served needs a feature that is not.
    func explains(_ other: ModuleFault) -> Bool {
        switch (code, other.code) {
        case ("invalid_module", "invalid_module"), ("unsupported_feature", "unsupported_feature"): true
        case ("unsupported_memory", "unsupported_feature"), ("unsupported_memory", "invalid_module"): true
        case ("unsupported_feature", "invalid_module"): true
        default: false
        }
    }
}
