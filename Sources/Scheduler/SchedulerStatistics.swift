import WorkerProtocol

/// The state of the pool and of the queue, for readiness and metrics.
public struct SchedulerStatistics: Sendable {
    public var workersIdle = 0
    public var workersBusy = 0
    public var workersStarting = 0
    /// Jobs and uploads accepted and not yet given to a worker, by whatever server.
    public var queued = 0
    /// For how long the oldest job waits that this server has taken up; nil if none does.
    public var oldestWaitSeconds: Double?
    /// Other servers on the same storage.
    public var otherServers = 0
    /// Workers started in place of another, by cause: `recycled`, `timeout`, `crashed`, `held_up`, `memory`.
    public var restarts: [String: Int] = [:]
    /// Jobs that were not this server's any more when a worker of it was done with them: they were cancelled, or other
    /// servers' since its lease ran out.
    public var lostClaims = 0

    public init() {}
}

/// What looking at an upload came to.
public enum ModuleInspection: Sendable {
    /// The module can be run.
    case accepted(InspectedModule)
    case refused(ModuleRefusal)
}
