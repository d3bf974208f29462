import Metering
import WorkerProtocol

/// An upload in both forms of metering, or why it has none.
struct MeteredForms {
    private(set) var all: [MeteredForm] = []
    /// Nil of a module that meters itself.
    private(set) var fast: MeteredModule?
    private(set) var faults: [MeteringError] = []

    init(_ binary: [UInt8]) {
        for form in MeteringForm.allCases {
            do throws(MeteringError) {
                guard case .metered(let module) = try meter(binary, form: form) else { continue }
                if form == .fast { fast = module }
                all.append(
                    MeteredForm(
                        name: form.rawValue, weightsVersion: Weights.standard.version, code: module.binary))
            } catch {
                faults = meteringFaults(binary, form: form)
                return
            }
        }
    }
}
