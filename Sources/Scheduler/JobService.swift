import PageStorage
import WorkerProtocol

/// What the API needs to have jobs run: it may be asked on any server, also for jobs that another one runs.
public protocol JobService: Sendable {
    /// Accepts jobs, each for itself. What is accepted is durable: it runs to its end even if the caller's task is
    /// cancelled or this server ends. Jobs of one program run one after another in the order of acceptance.
    /// - Throws: where none of the jobs is accepted.
    func submit(_ jobs: [Submission]) async throws(SchedulerError) -> [SubmissionOutcome]

    /// A job as it is now; nil if there is none with this id.
    func job(id: String) async throws(StorageError) -> FoundJob?

    /// Waits until a job's state is another than `state`, at most `limit`, and answers the job as it is then.
    func job(id: String, otherThan state: JobState, within limit: Duration) async throws(StorageError) -> FoundJob?

    /// Jobs that wait or run, on whatever server, newest first by id, those before `id`.
    func activeJobs(_ filter: JobFilter, before id: String?, limit: Int) async throws(StorageError) -> [Job]

    /// Ends a job that waits or runs. When this returns nothing of the job is stored any more, and its worker is stopped.
    func cancel(id: String) async throws(StorageError) -> Cancellation

    /// Ends the jobs of a program that was deleted, on whatever server: they fail with `program_deleted`. Returns at once.
    /// - Parameters:
    ///   - program: its id, which another program may have by now.
    ///   - key: its key, which no other one ever has.
    func endJobs(ofDeleted program: String, key: ProgramKey)

    /// Has a worker look at an upload.
    func inspect(code: [UInt8], isText: Bool) async throws(SchedulerError) -> ModuleInspection

    func statistics() -> SchedulerStatistics
}

/// A job to be accepted.
public struct Submission: Sendable {
    /// With the key of the program that it was checked against; id and time are given to it when it is accepted.
    public var request: JobRequest
    public var idempotency: IdempotencyKey?
    /// Where the job's end is to be told.
    public var callbackURL: String?

    public init(request: JobRequest, idempotency: IdempotencyKey? = nil, callbackURL: String? = nil) {
        self.request = request
        self.idempotency = idempotency
        self.callbackURL = callbackURL
    }
}

/// What became of one of the jobs that were to be accepted.
public enum SubmissionOutcome: Sendable {
    case accepted(AcceptedJob)
    /// The idempotency key is known with the same request: the job that was accepted then.
    case repeated(job: String)
    case refused(SubmissionRefusal)
}

public enum SubmissionRefusal: Error, Sendable, Equatable {
    /// The idempotency key is known with another request.
    case keyReused
    /// The program that the request was checked against is gone, or another one has its id by now.
    case programGone
    /// Too many jobs of the program wait already. Try again after so many seconds.
    case programBusy(retryAfter: Int)
    /// Too many jobs wait already. Try again after so many seconds.
    case serviceBusy(retryAfter: Int)
}

/// A job that was accepted here.
public struct AcceptedJob: Sendable {
    /// As it was when it was accepted.
    public let job: Job
    private let wait: @Sendable (Duration) async throws(StorageError) -> FoundJob?

    public init(job: Job, wait: @escaping @Sendable (Duration) async throws(StorageError) -> FoundJob?) {
        self.job = job
        self.wait = wait
    }

    /// Waits for the job's end, at most `limit`, and answers the job as it is then: with its page data if it was asked for
    /// and the job ended within the limit.
    public func end(within limit: Duration) async throws(StorageError) -> FoundJob? { try await wait(limit) }
}

public enum FoundJob: Sendable {
    /// It waits, or runs.
    case active(Job)
    /// It has ended just now, on this server, with its page data if that was asked for.
    case finished(JobReport)
    /// It has ended.
    case ended(JobRecord)
}

public enum Cancellation: Sendable {
    case cancelled(Job)
    /// It had ended before.
    case ended(JobRecord)
    case unknown
}
