import WorkerProtocol

/// The state of the pool and of the queue, for readiness and metrics.
public struct SchedulerStatistics: Sendable {
    public var workersIdle = 0
    public var workersBusy = 0
    public var workersStarting = 0
    /// Jobs and uploads accepted and not yet given to a worker, by whatever server.
    public var queued = 0
    /// For how long the oldest job waits, of those that this server has taken up, and those that were left to whoever is free
    /// when it was looked last; nil if none does.
    public var oldestWaitSeconds: Double?
    /// Other servers on the same storage.
    public var otherServers = 0
    /// Workers started in place of another, by cause: `recycled`, `timeout`, `crashed`, `held_up`, `memory`.
    public var restarts: [String: Int] = [:]
    /// Jobs that were not this server's any more when a worker of it was done with them: they were cancelled, or other
    /// servers' since its lease ran out.
    public var lostClaims = 0

    /// Jobs begun again, by what came between: `crashed`, `memory`, `held_up`, `storage`, `server`.
    public var retries: [String: Int] = [:]
    /// Processor time of all workers that there were, in seconds.
    public var workerProcessorSeconds = 0.0
    /// Resident memory of all workers together, in bytes; what they share counts for each.
    public var workerResidentBytes: UInt64 = 0

    public init() {}
}

/// What looking at an upload came to.
public enum ModuleInspection: Sendable {
    /// The module can be run.
    case accepted(InspectedModule)
    case refused(ModuleRefusal)
}
