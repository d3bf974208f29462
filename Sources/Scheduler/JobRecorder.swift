import PageStorage
import WorkerProtocol

/// What the scheduler needs of the storage: to record the jobs whose workers could not.
public protocol JobRecorder: Sendable {
    /// Stores a job that commits nothing.
    /// - Returns: false if a record with this id is there already, which then stays as it is.
    func record(_ job: JobRecord) async throws(StorageError) -> Bool

    func job(id: String) async throws(StorageError) -> JobRecord?
}

extension StoragePool: JobRecorder {
    public func record(_ job: JobRecord) async throws(StorageError) -> Bool {
        try await withStorage { storage throws(StorageError) in try storage.recordJob(job) }
    }

    public func job(id: String) async throws(StorageError) -> JobRecord? {
        try await withStorage { storage throws(StorageError) in try storage.job(id: id) }
    }
}

extension JobRecord {
    /// The record of a job that has come to its end.
    init(_ job: Job) throws(MessageError) {
        self.init(
            id: job.id, program: job.program, state: job.state.rawValue, outcome: job.outcome?.rawValue,
            createdAt: job.createdAt.milliseconds, finishedAt: (job.finishedAt ?? .now()).milliseconds,
            document: try job.document())
    }
}
