import API
import Callbacks
import Foundation
import HTTPServer
import Logging
import Metering
import PageStorage
import Pages
import ProgramRuntime
import Scheduler
import Synchronization
import WorkerProtocol

/// What `serve` was asked for.
struct ServiceConfiguration: Sendable {
    var host: String
    var port: UInt16
    var storage: StorageLocation
    /// The storage as workers connect to it; nil if as this process does.
    var workerStorage: StorageLocation?
    var workers: Int
    var waitingJobs: Int
    var waitingJobsPerProgram: Int
    var jobsPerWorker: Int
    /// In bytes; nil for any number.
    var workerMemory: UInt64?
    var connections: Int
    var storageConnections: Int
    var cache: String
    /// In Wasm pages.
    var memoryLimit: UInt32
    var prefetch: PrefetchSetting
    var compiler: ProgramCompiler
    var shutdown: Duration
    var lease: Duration
    /// How long ended jobs are kept; nil for ever.
    var keptJobs: Duration?
    var idempotencyHours: Int
    var callbacks: CallbackPolicy
    /// What receivers know that callbacks are signed with; empty where there are none.
    var callbackSecret: String
    /// Nil if no token is asked for.
    var tokens: TokenKeeper?
    var logFormat: LogFormat
}

/// The parts of the service, joined.
final class Service: Sendable {
    private let configuration: ServiceConfiguration
    private let storage: StoragePool
    private let scheduler: Scheduler
    private let api: API
    private let server: HTTPServer
    private let callbacks: CallbackDelivery
    private let usage: UsageKeeper?
    private let counting = Mutex<Task<Void, Never>?>(nil)
    private let delivering = Mutex<Task<Void, Never>?>(nil)
    private let logger: Logger

    init(configuration: ServiceConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        let metrics = Metrics()
        storage = StoragePool(location: configuration.storage, connections: configuration.storageConnections)
        let storage = storage
        let usage = configuration.tokens.map { UsageKeeper(storage: storage, tokens: $0, logger: logger) }
        self.usage = usage
        var scheduling = SchedulerConfiguration(
            workers: configuration.workers, waitingLimit: configuration.waitingJobs,
            waitingLimitPerProgram: configuration.waitingJobsPerProgram, jobsPerWorker: configuration.jobsPerWorker,
            workerMemory: configuration.workerMemory, lease: configuration.lease, keptJobs: configuration.keptJobs,
            workerCommand: Self.workerCommand(configuration))
        scheduling.workerEnvironment = Self.workerEnvironment(configuration)
        scheduler = Scheduler(
            configuration: scheduling, storage: storage, location: configuration.storage, logger: logger
        ) { job in
            metrics.observe(job: job)
            usage?.observe(job: job)
            logger.info(job: job)
        }
        var limits = APIConfiguration.Limits()
        limits.memoryPages = configuration.memoryLimit
        limits.waitingJobs = configuration.waitingJobs
        limits.waitingJobsPerProgram = configuration.waitingJobsPerProgram
        limits.idempotencyMs = Int64(configuration.idempotencyHours) * 3600 * 1000
        var settings = APIConfiguration(
            version: serviceVersion, storageKind: configuration.storage.kind, costs: .standard,
            weightsVersion: Weights.standard.version, limits: limits)
        settings.callbacks = configuration.callbacks
        api = API(
            scheduler: scheduler, storage: storage, metrics: metrics, configuration: settings,
            tokens: configuration.tokens, usage: usage, logger: logger)
        callbacks = CallbackDelivery(
            storage: storage, policy: configuration.callbacks, secret: Array(configuration.callbackSecret.utf8),
            logger: logger)
        var http = HTTPServerConfiguration(host: configuration.host, port: configuration.port)
        http.maxConnections = configuration.connections
        server = HTTPServer(configuration: http, router: Router(routes: api.routes), logger: logger) { exchange in
            metrics.observe(exchange)
        }
    }

    /// This executable, however it is called and even if its file is replaced meanwhile.
    private static func workerCommand(_ configuration: ServiceConfiguration) -> [String] {
        [
            "/proc/self/exe", "worker", "--cache", configuration.cache,
            "--memory-limit", String(configuration.memoryLimit), "--prefetch", configuration.prefetch.rawValue,
            "--compiler", configuration.compiler.rawValue,
        ]
    }

    /// Workers take the location from the environment: a command line is for everyone to read. They sign no callbacks, and
    /// ask for no tokens.
    private static func workerEnvironment(_ configuration: ServiceConfiguration) -> [String: String?] {
        var environment: [String: String?] = [
            Settings.variable("storage"): (configuration.workerStorage ?? configuration.storage).text,
            Settings.variable("log-format"): configuration.logFormat.rawValue,
        ]
        for secret in ["callback-secret", "tokens", "worker-storage"] {
            environment[Settings.variable(secret)] = .some(nil)
        }
        guard configuration.workerStorage != nil else { return environment }
        // What libpq would take for the server's role.
        for name in ["PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE"] {
            environment[name] = .some(nil)
        }
        return environment
    }

    /// Returns when clients can connect and a worker stands.
    func start() async throws -> BoundAddress {
        // A worker that refuses the folder would be started again and again.
        do throws(RuntimeError) {
            try ProgramRuntime.checkCacheDirectory(configuration.cache)
        } catch {
            throw Failure(.service, error.explanation)
        }
        do {
            try await storage.withStorage { (storage) throws(StorageError) in try storage.migrate() }
        } catch {
            throw Failure(.service, error.explanation)
        }
        scheduler.start()
        if !configuration.callbacks.allowedHosts.isEmpty {
            delivering.withLock { $0 = Task { [callbacks] in await callbacks.run() } }
        }
        if let usage { counting.withLock { $0 = Task { await usage.run() } } }
        do {
            try await waitForWorker()
            return try server.start()
        } catch {
            await scheduler.shutdown(within: .zero)
            if let error = error as? HTTPServerError {
                throw Failure(.service, "\(error); choose another with --host and --port")
            }
            throw error
        }
    }

    /// Ready is said only of a service that can run a job.
    private func waitForWorker() async throws {
        let end = ContinuousClock.now + .seconds(30)
        while true {
            // A worker may be taken at once, by a job that waited in the queue.
            let statistics = scheduler.statistics()
            if statistics.workersIdle + statistics.workersBusy > 0 { return }
            guard .now < end else {
                throw Failure(.service, "no worker process could be started; the lines above say why")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func stop() async {
        api.shutDown()
        delivering.withLock { $0?.cancel() }
        // Later than the jobs: those that are given up are still answered.
        async let serverDone: Void = server.shutdown(within: configuration.shutdown + .seconds(3))
        await scheduler.shutdown(within: configuration.shutdown)
        await serverDone
        // Last of all, when no job can end here any more.
        let counting = counting.withLock { $0 }
        counting?.cancel()
        await counting?.value
        await storage.close()
    }
}
