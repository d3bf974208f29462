import Pages
import Scheduler
import WorkerProtocol

/// The answer of `GET /v1/info`: what the service is, what it costs and allows, and how it stands.
struct InfoDocument: Encodable {
    struct Limits: Encodable {
        var moduleBytes: Int
        /// In WebAssembly pages.
        var memoryPages: UInt32
        var payloadBytes: Int
        var gas: UInt64
        var defaultGas: UInt64
        var timeoutMs: UInt64
        var defaultTimeoutMs: UInt64
        var waitingJobs: Int
        var waitingJobsPerProgram: Int
        var batchJobs: Int
        var pollSeconds: Int
    }

    struct Workers: Encodable {
        var idle: Int
        var busy: Int
        var starting: Int

        init(_ statistics: SchedulerStatistics) {
            idle = statistics.workersIdle
            busy = statistics.workersBusy
            starting = statistics.workersStarting
        }
    }

    var version: String
    var storage: String
    var pageSize = PageSize.gear
    var wasmPageSize = PageSize.wasm
    var weightsVersion: Int
    var costs: PageCosts
    var limits: Limits
    var workers: Workers
    /// Jobs and uploads that wait for a worker, on whatever server.
    var queued: Int
    /// Other servers on the same storage.
    var otherServers: Int
    var startedAt: Timestamp

    init(_ configuration: APIConfiguration, _ statistics: SchedulerStatistics, startedAt: Timestamp) {
        let limits = configuration.limits
        version = configuration.version
        storage = configuration.storageKind
        weightsVersion = configuration.weightsVersion
        costs = configuration.costs
        self.limits = Limits(
            moduleBytes: limits.moduleBytes, memoryPages: limits.memoryPages, payloadBytes: limits.payloadBytes,
            gas: APIConfiguration.Limits.largestGas, defaultGas: limits.defaultGas,
            timeoutMs: limits.largestTimeoutMs, defaultTimeoutMs: limits.defaultTimeoutMs,
            waitingJobs: limits.waitingJobs, waitingJobsPerProgram: limits.waitingJobsPerProgram,
            batchJobs: limits.batchJobs, pollSeconds: limits.longestPollSeconds)
        workers = Workers(statistics)
        queued = statistics.queued
        otherServers = statistics.otherServers
        self.startedAt = startedAt
    }
}
