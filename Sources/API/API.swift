import HTTPServer
import Logging
import PageStorage
import Scheduler
import WorkerProtocol

/// The HTTP API, version 1, as `openapi.yaml` describes it: programs, their pages, jobs, and the service itself.
public struct API: Sendable {
    let scheduler: any JobService
    let jobs: JobAccess
    let storage: StorageAccess
    let programs: ProgramLookup
    let eventStreams = EventStreams()
    let endedJobs: EndedJobFeed
    let storageHealth: StorageHealth
    let metrics: Metrics
    let gate: Gate
    let usage: UsageKeeper?
    let configuration: APIConfiguration
    let logger: Logger
    let startedAt = Timestamp.now()

    /// - Parameters:
    ///   - tokens: nil if everyone may do everything.
    ///   - usage: nil if no token has a quota that is to be kept.
    public init(
        scheduler: any JobService, storage: StoragePool, metrics: Metrics, configuration: APIConfiguration,
        tokens: TokenKeeper? = nil, usage: UsageKeeper? = nil, logger: Logger
    ) {
        self.scheduler = scheduler
        jobs = JobAccess(scheduler: scheduler, logger: logger)
        self.storage = StorageAccess(pool: storage, logger: logger)
        programs = ProgramLookup(storage: self.storage)
        endedJobs = EndedJobFeed(storage: self.storage, timing: configuration.events)
        storageHealth = StorageHealth(pool: storage)
        self.metrics = metrics
        gate = Gate(tokens: tokens)
        self.usage = usage
        self.configuration = configuration
        self.logger = logger
    }

    /// Every route of the service.
    public var routes: [Route] { endpoints.map { $0.route(behind: gate) } }

    var endpoints: [Endpoint] {
        programEndpoints + pageEndpoints + jobEndpoints + eventEndpoints + statsEndpoints + serviceEndpoints
            + documentEndpoints + webPageEndpoints
    }

    /// Ends what would never end by itself: to be called before the server stops.
    public func shutDown() { eventStreams.close() }
}
