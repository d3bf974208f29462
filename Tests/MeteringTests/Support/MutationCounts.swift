@testable import Metering

/// What became of damaged modules.
struct MutationCounts {
    /// Refused by the metering.
    private(set) var refused = 0
    /// Metered, and valid before and after.
    private(set) var valid = 0
    /// Metered, and invalid before and after.
    private(set) var invalid = 0
    private(set) var failures: [String] = []

    mutating func check(_ binary: [UInt8]) {
        let refusal = Wasmtime.cranelift.refusal(of: binary)
        do throws(MeteringError) {
            for form in MeteringForm.allCases {
                guard case .metered(let module) = try meter(binary, form: form) else { return }
                let after = Wasmtime.cranelift.refusal(of: module.binary)
                if (after == nil) != (refusal == nil) {
                    failures.append("\(form): \(refusal ?? "valid") became \(after ?? "valid"): \(binary)")
                }
            }
            if refusal == nil { valid += 1 } else { invalid += 1 }
        } catch {
            refused += 1
            if refusal == nil { failures.append("refused: \(error): \(binary)") }
            if !(0...binary.count).contains(error.offset) { failures.append("offset: \(error): \(binary)") }
        }
    }
}
