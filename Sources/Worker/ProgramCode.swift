import Metering
import PageStorage
import ProgramRuntime

/// The compiled code of programs, in the form of metering that is asked for. A form that is not stored yet, as after a
/// change of the weights, is made of the uploaded module and stored.
struct ProgramCode {
    let runtime: ProgramRuntime
    let storage: any Storage

    func module(_ start: ExecutionStart, _ form: MeteringForm) throws(JobFailure) -> CompiledModule {
        let key = ProgramRuntime.codeKey(hash: start.codeHash, form: form)
        let loaded = try runtime.module(key: key) { () throws(JobFailure) in try binary(start.codeHash, form) }
        do throws(ExecutionError) { return try loaded.get() } catch { throw .execution(error) }
    }

    private func binary(_ hash: String, _ form: MeteringForm) throws(JobFailure) -> [UInt8] {
        let stored = MeteredCodeForm(name: form.rawValue, weightsVersion: Weights.standard.version)
        let metered = try ask { () throws(StorageError) in try storage.meteredCode(of: hash, form: stored) }
        if let metered { return metered }
        // Code goes with the last program that has it.
        let code = try ask { () throws(StorageError) in try storage.code(hash: hash) }
        guard let code else { throw .programDeleted }
        let result: MeteringResult
        do throws(MeteringError) {
            result = try meter(code, form: form)
        } catch {
            throw .execution(.moduleUnusable("\(error)"))
        }
        guard case .metered(let module) = result else { return code }
        try ask { () throws(StorageError) in
            try storage.storeMeteredCode(MeteredCode(stored, code: module.binary), of: hash)
        }
        return module.binary
    }

    private func ask<Answer>(_ question: () throws(StorageError) -> Answer) throws(JobFailure) -> Answer {
        do throws(StorageError) { return try question() } catch { throw .storage(error) }
    }
}
