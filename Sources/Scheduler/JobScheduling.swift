import WorkerProtocol

/// Why a job or an upload was not taken, or could not be finished.
public enum SchedulerError: Error, Sendable, Equatable {
    /// Try again after so many seconds.
    case tooManyJobs(retryAfter: Int)
    case shuttingDown
    /// An upload's worker died; says how.
    case workerCrashed(String)
    /// An upload took longer than this many milliseconds to look at.
    case timedOut(milliseconds: UInt64)
}

/// The state of the pool, for readiness and metrics.
public struct SchedulerStatistics: Sendable {
    public var workersIdle = 0
    public var workersBusy = 0
    public var workersStarting = 0
    /// Jobs and uploads accepted and not yet given to a worker.
    public var queued = 0
    /// Workers started in place of another, by cause: `recycled`, `timeout`, `crashed`.
    public var restarts: [String: Int] = [:]

    public init() {}
}

/// What looking at an upload came to.
public enum ModuleInspection: Sendable {
    /// The module can be run.
    case accepted(InspectedModule)
    case refused(ModuleRefusal)
}

/// What the API needs of a scheduler.
public protocol JobScheduling: Sendable {
    /// Runs an accepted job to its end: jobs of one program one after another in the order of these calls, jobs of
    /// different programs side by side. The answer is a finished job with its page data, or a failed one with its
    /// error; either way the storage holds it, or will as soon as it answers again.
    func run(_ request: JobRequest) async throws(SchedulerError) -> Job

    /// Has a worker look at an upload.
    func inspect(code: [UInt8], isText: Bool) async throws(SchedulerError) -> ModuleInspection

    /// Jobs that the storage does not hold yet, newest first: queued, running, or ended while the storage was away.
    func activeJobs() -> [Job]

    func statistics() -> SchedulerStatistics
}
