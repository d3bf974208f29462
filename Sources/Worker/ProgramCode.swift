import Metering
import PageStorage
import ProgramRuntime

/// The compiled code of programs, in the form of metering that is asked for. A form that is not stored yet, as after a
/// change of the weights, is made of the uploaded module and stored.
final class ProgramCode {
    private let runtime: ProgramRuntime
    private let storage: any Storage
    /// Of the module that trapped last: one that traps often is the same again.
    private var places: (hash: String, of: MeteredPlaces)?

    init(runtime: ProgramRuntime, storage: any Storage) {
        self.runtime = runtime
        self.storage = storage
    }

    func module(_ start: ExecutionStart, _ form: MeteringForm) throws(JobFailure) -> CompiledModule {
        let key = ProgramRuntime.codeKey(hash: start.codeHash, form: form)
        let loaded = try runtime.module(key: key) { () throws(JobFailure) in try binary(start.codeHash, form) }
        do throws(ExecutionError) { return try loaded.get() } catch { throw .execution(error) }
    }

    /// Where in the uploaded module an instruction of its exact form is; nil for one that is nowhere there, or if the
    /// module is out of reach.
    func originalOffset(_ offset: UInt64, _ start: ExecutionStart) -> UInt64? {
        if places?.hash != start.codeHash {
            guard let code = try? storage.code(hash: start.codeHash),
                let found = try? MeteredPlaces(code, form: .exact)
            else { return nil }
            places = (start.codeHash, found)
        }
        return (try? places?.of.original(of: Int(clamping: offset))).map { UInt64($0) }
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
