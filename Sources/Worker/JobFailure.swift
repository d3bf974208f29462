import LazyPages
import PageStorage
import ProgramRuntime
import WorkerProtocol

/// Why the service could not run a job.
enum JobFailure: Error {
    case programDeleted
    /// Another writer of the program was faster every time.
    case commitConflict
    case storage(StorageError)
    /// The storage went away while it was to commit: the job may be stored.
    case commitUncertain
    case execution(ExecutionError)

    /// Whether the storage was away: the same job may well succeed when it is back.
    var isOutage: Bool {
        switch self {
        case .commitUncertain, .storage(.unavailable), .execution(.pageSource(.unavailable)): true
        default: false
        }
    }

    /// With a code of the API. Messages for clients name no internals: the whole failure is in the log.
    var jobError: JobError {
        switch self {
        case .programDeleted: .programDeleted
        case .commitConflict:
            JobError(
                code: "commit_conflict",
                message:
                    "the program was changed by someone else during each of \(JobRunner.attemptLimit) runs; post the job again"
            )
        case .commitUncertain:
            JobError(
                code: "storage_unavailable",
                message:
                    "the storage went away while the job was being stored: nothing of it was, unless the job, read by its id, is finished when the storage answers again"
            )
        case .storage(.full):
            JobError(
                code: "storage_unavailable", message: "the storage has no room left; nothing of the job was stored")
        case .storage(.unavailable), .execution(.pageSource):
            JobError(
                code: "storage_unavailable",
                message: "the storage did not answer; nothing of the job was stored, so post it again later")
        case .storage:
            JobError(code: "internal_error", message: "the storage refused the job; the service's log says why")
        case .execution(.wrongPageDataSize(let page, let expected, let found)):
            JobError(
                code: "page_size_mismatch", message: "stored page \(page) has \(found) bytes instead of \(expected)")
        case .execution(.pageVanished(let page)):
            JobError(code: "page_vanished", message: "stored page \(page) was there at first and then had no data")
        case .execution(.moduleUnusable(let reason)):
            JobError(code: "internal_error", message: "the stored module cannot be run: \(reason)")
        case .execution(.memoryNotAvailable):
            JobError(code: "internal_error", message: "the system has no memory for the program")
        case .execution(.entryMissing(let entry)), .execution(.parametersMismatch(let entry)):
            JobError(code: "internal_error", message: "the entry \(entry) does not fit the job any more")
        case .execution(.engineInvariant):
            JobError(code: "internal_error", message: "the engine stopped the job; the service's log says why")
        }
    }
}
