import PageStorage
import Scheduler
import Synchronization
import WorkerProtocol

/// A storage's jobs, in memory, that can be made unreachable.
final class MemoryRecorder: JobRecorder {
    private struct State {
        var records: [String: JobRecord] = [:]
        var isAway = false
        var attempts = 0
    }

    private let state = Mutex(State())

    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    /// Calls of `record`, also those that failed.
    var attempts: Int { state.withLock { $0.attempts } }

    func record(_ job: JobRecord) async throws(StorageError) -> Bool {
        let (isAway, isNew) = state.withLock { state in
            state.attempts += 1
            guard !state.isAway, state.records[job.id] == nil else { return (state.isAway, false) }
            state.records[job.id] = job
            return (false, true)
        }
        if isAway { throw .unavailable("away") }
        return isNew
    }

    func job(id: String) async throws(StorageError) -> JobRecord? {
        let (isAway, record) = state.withLock { ($0.isAway, $0.records[id]) }
        if isAway { throw .unavailable("away") }
        return record
    }

    /// The stored job, read as the API would.
    func stored(_ id: String) -> Job? {
        state.withLock { $0.records[id] }.flatMap { try? Job(document: $0.document) }
    }

    func record(id: String) -> JobRecord? { state.withLock { $0.records[id] } }
}
