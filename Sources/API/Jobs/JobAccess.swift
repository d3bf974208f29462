import HTTPServer
import Logging
import PageStorage
import Scheduler
import WorkerProtocol

/// The jobs as handlers use them: what goes wrong becomes a problem document, and its own words go to the log only.
struct JobAccess: Sendable {
    let scheduler: any JobService
    let logger: Logger

    /// The job when it has come to its end, or as it is after `limit`; nil if there is none with this id.
    func ended(_ id: String, within limit: Duration) async throws(HTTPError) -> FoundJob? {
        let deadline = ContinuousClock.now + limit
        var found = try await answered { () throws(StorageError) in try await scheduler.job(id: id) }
        while let state = found?.activeState, deadline > .now {
            let left = deadline - .now
            found = try await answered { () throws(StorageError) in
                try await scheduler.job(id: id, otherThan: state, within: left)
            }
            // Nothing has changed before the time was over: the service is about to end, or the client is gone.
            if found?.activeState == state { break }
        }
        return found
    }

    /// As ``ended(_:within:)``, for a job that was accepted here.
    func ended(_ job: AcceptedJob, within limit: Duration) async throws(HTTPError) -> FoundJob? {
        if limit == .zero { return .active(job.job) }
        return try await answered { () throws(StorageError) in try await job.end(within: limit) }
    }

    /// The job when its state is another one, or as it is after `limit`.
    /// - Parameter state: nil for the job as it is.
    func changed(_ id: String, from state: JobState?, within limit: Duration) async throws(HTTPError) -> FoundJob? {
        try await answered { () throws(StorageError) in
            guard let state else { return try await scheduler.job(id: id) }
            return try await scheduler.job(id: id, otherThan: state, within: limit)
        }
    }

    func active(_ filter: JobFilter, before id: String?, limit: Int) async throws(HTTPError) -> [Job] {
        try await answered { () throws(StorageError) in
            try await scheduler.activeJobs(filter, before: id, limit: limit)
        }
    }

    func cancel(_ id: String) async throws(HTTPError) -> Cancellation {
        try await answered { () throws(StorageError) in try await scheduler.cancel(id: id) }
    }

    private func answered<Value>(
        _ body: () async throws(StorageError) -> Value
    ) async throws(HTTPError) -> Value {
        do {
            return try await body()
        } catch {
            logger.error("jobs cannot be asked for", metadata: ["error": "\(error)"])
            throw HTTPError(error)
        }
    }
}
