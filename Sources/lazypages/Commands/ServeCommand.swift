import API
import ArgumentParser
import Callbacks
import Foundation
import LazyPages
import Logging
import PageStorage
import ProgramRuntime

/// Runs the service until it is asked to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the service: HTTP API, scheduler and worker processes.",
        discussion: """
            Stops on SIGTERM or SIGINT (Ctrl-C): it accepts nothing more, lets running jobs finish within \
            --shutdown-seconds, and ends. Every option also as LAZYPAGES_… in the environment.
            """)

    @Option(help: "Address or name to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "Port to listen on; 0 takes a free one. (default: 8080)")
    var port: UInt16?

    @Option(
        help: "Where programs, pages and jobs are kept: sqlite:PATH or postgresql://… (default: sqlite:lazypages.db)")
    var storage: String?

    @Option(
        help: """
            The same storage as workers connect to it, with a role of PostgreSQL that can do what they do and no more. \
            (default: as the service itself)
            """)
    var workerStorage: String?

    @Option(help: "Worker processes, each running one job at a time. (default: two for each processor)")
    var workers: Int?

    @Option(help: "Jobs that may wait, on all servers; one more is answered 503. (default: 100000)")
    var waitingJobs: Int?

    @Option(help: "Jobs of one program that may wait; one more is answered 503. (default: 10000)")
    var waitingJobsPerProgram: Int?

    @Option(help: "A worker is replaced after this many jobs. (default: 10000)")
    var jobsPerWorker: Int?

    @Option(
        help: """
            MiB that a worker may have for itself before it is replaced; 0 is any number. (default: four times the \
            largest memory of a program)
            """)
    var workerMemory: UInt64?

    @Option(help: "HTTP connections at once; one more is answered 503. (default: 4096)")
    var connections: Int?

    @Option(help: "Connections to the storage for the API, beside one for each worker. (default: 4)")
    var storageConnections: Int?

    @Option(help: "Folder for compiled code, writable by this user only. (default: lazypages in the user's cache)")
    var cache: String?

    @Option(help: "The largest memory of a program in pages of 64 KiB. (default: 8192, which is 512 MiB)")
    var memoryLimit: UInt32?

    @Option(help: "on, or off: each stored page in a query of its own, when it is touched. (default: on)")
    var prefetch: PrefetchSetting?

    @Option(help: "cranelift, or winch: compiles faster, to slower code; gas is the same. (default: cranelift)")
    var compiler: ProgramCompiler?

    @Option(help: "How long running jobs may go on when the service is asked to stop. (default: 25)")
    var shutdownSeconds: Int?

    @Option(
        help: "After how long without a sign of life other servers take over what this one has. (default: 10)")
    var leaseSeconds: Int?

    @Option(help: "How long jobs that have ended can be read; 0 is for ever. (default: 168)")
    var keepJobsHours: Int?

    @Option(help: "How long an Idempotency-Key is remembered. (default: 24)")
    var idempotencyHours: Int?

    @Option(
        help: """
            Hosts that jobs' callbacks may go to, separated by commas; *.example.com is every name under example.com. \
            Callbacks are signed with LAZYPAGES_CALLBACK_SECRET. (default: none)
            """)
    var callbackHosts: String?

    @Flag(help: "Callbacks may go to addresses that only this machine or its network knows.")
    var privateCallbacks = false

    @Option(
        help: """
            The file of the tokens that callers must have, as `lazypages token new` prints them; it is read again when it \
            changes. LAZYPAGES_TOKENS can hold the document itself. (default: no token is asked for)
            """)
    var tokensFile: String?

    @Flag(help: "Without tokens, listen also on addresses that others than this machine can reach.")
    var allowUnauthenticated = false

    @Option(help: "trace, debug, info, notice, warning or error. (default: info)")
    var logLevel: String?

    @Option(help: "text, or json: one object a line. (default: text)")
    var logFormat: LogFormat?

    func run() async throws {
        let levelName = Settings.text(logLevel, "log-level", default: "info")
        guard let level = Logger.Level(rawValue: levelName) else {
            throw Failure(
                .usage, "--log-level is \"\(levelName)\"; expected trace, debug, info, notice, warning or error")
        }
        let format = try Settings.choice(logFormat, "log-format", default: .text)
        LoggingSystem.bootstrap(format.handler)
        var logger = Logger(label: "lazypages")
        logger.logLevel = level

        let configuration = try configuration(logger)
        if let room = DescriptorLimit.raise(forConnections: configuration.connections) {
            logger.warning(
                "the system's limit on open files leaves room for \(room) connections; raise it with ulimit -n")
        }
        let service = Service(configuration: configuration, logger: logger)
        let stopSignal = StopSignal()
        let address = try await service.start()
        // A literal IPv6 address stands in brackets (RFC 3986, section 3.2.2).
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        print("lazypages is ready at http://\(host):\(address.port)/")
        fflush(nil)
        await stopSignal.wait()
        logger.info("stopping")
        await service.stop()
    }

    private func configuration(_ logger: Logger) throws -> ServiceConfiguration {
        let callbacks = callbacks
        let memoryLimit = try memoryPages()
        let location = try StorageLocation.setting(storage, default: "sqlite:lazypages.db")
        let tokens = try tokens(logger)
        let keptHours = try Settings.integer(keepJobsHours, "keep-jobs-hours", default: 168, in: 0...1_000_000)
        let processors = ProcessInfo.processInfo.activeProcessorCount
        return ServiceConfiguration(
            host: try host(isGuarded: tokens != nil),
            port: try Settings.integer(port, "port", default: 8080, in: 0...UInt16.max),
            storage: location, workerStorage: try workerStorage(beside: location),
            // A job waits for the storage longer than it computes, and commits that wait side by side share a flush.
            workers: try Settings.integer(workers, "workers", default: 2 * processors, in: 1...1024),
            waitingJobs: try Settings.integer(waitingJobs, "waiting-jobs", default: 100_000, in: 0...10_000_000),
            waitingJobsPerProgram: try Settings.integer(
                waitingJobsPerProgram, "waiting-jobs-per-program", default: 10_000, in: 0...10_000_000),
            jobsPerWorker: try Settings.integer(
                jobsPerWorker, "jobs-per-worker", default: 10_000, in: 1...Int.max),
            workerMemory: try workerBytes(memoryLimit),
            connections: try Settings.integer(connections, "connections", default: 4096, in: 1...1_000_000),
            storageConnections: try Settings.integer(
                storageConnections, "storage-connections", default: 4, in: 1...1024),
            cache: try CacheDirectory.path(cache),
            memoryLimit: memoryLimit, prefetch: try Settings.choice(prefetch, "prefetch", default: .on),
            compiler: try Settings.choice(compiler, "compiler", default: .cranelift),
            shutdown: .seconds(
                try Settings.integer(shutdownSeconds, "shutdown-seconds", default: 25, in: 0...3600)),
            lease: .seconds(try Settings.integer(leaseSeconds, "lease-seconds", default: 10, in: 1...3600)),
            keptJobs: keptHours == 0 ? nil : .seconds(keptHours * 3600),
            idempotencyHours: try Settings.integer(
                idempotencyHours, "idempotency-hours", default: 24, in: 1...100_000),
            callbacks: callbacks, callbackSecret: try callbackSecret(for: callbacks), tokens: tokens,
            logFormat: try Settings.choice(logFormat, "log-format", default: .text))
    }

    /// Nil if there are none to be asked for.
    private func tokens(_ logger: Logger) throws -> TokenKeeper? {
        let file = Settings.text(tokensFile, "tokens-file", default: "")
        let document = Settings.text(nil, "tokens", default: "")
        let source: TokenSource
        switch (file.isEmpty, document.isEmpty) {
        case (true, true): return nil
        case (false, true): source = .file(file)
        case (true, false): source = .document(Array(document.utf8))
        case (false, false): throw Failure(.usage, "either --tokens-file or LAZYPAGES_TOKENS, not both")
        }
        do throws(TokenBookError) {
            return try TokenKeeper(source, logger: logger)
        } catch {
            throw Failure(.usage, "\(file.isEmpty ? "LAZYPAGES_TOKENS" : file): \(error)")
        }
    }

    /// A service that asks for no token is for this machine alone, unless someone has said otherwise.
    private func host(isGuarded: Bool) throws -> String {
        let host = Settings.text(host, "host", default: "127.0.0.1")
        let isAllowed =
            allowUnauthenticated || Settings.text(nil, "allow-unauthenticated", default: "") == "true"
        guard isGuarded || isAllowed || Loopback.contains(host) else {
            throw Failure(
                .usage,
                "--host is \(host), where others can connect, and no token is asked for: give --tokens-file, or --allow-unauthenticated if all who can connect may do everything"
            )
        }
        return host
    }

    private func workerStorage(beside storage: StorageLocation) throws -> StorageLocation? {
        let text = Settings.text(workerStorage, "worker-storage", default: "")
        guard !text.isEmpty else { return nil }
        guard storage.kind == "postgresql", let location = try? StorageLocation(text), location.kind == storage.kind
        else {
            throw Failure(.usage, "--worker-storage is for PostgreSQL, as --storage: postgresql://USER@HOST/DATABASE")
        }
        return location
    }

    private var callbacks: CallbackPolicy {
        let hosts = Settings.text(callbackHosts, "callback-hosts", default: "").split(separator: ",")
        let isPrivate = privateCallbacks || Settings.text(nil, "private-callbacks", default: "") == "true"
        return CallbackPolicy(
            allowedHosts: hosts.map { $0.trimmingCharacters(in: .whitespaces) }, allowsPrivateAddresses: isPrivate)
    }

    /// A secret is never on a command line, which is for everyone to read.
    private func callbackSecret(for callbacks: CallbackPolicy) throws -> String {
        let secret = Settings.text(nil, "callback-secret", default: "")
        guard callbacks.allowedHosts.isEmpty || secret.utf8.count >= 16 else {
            throw Failure(
                .usage,
                "--callback-hosts needs a secret of 16 bytes or more in LAZYPAGES_CALLBACK_SECRET, for the signatures")
        }
        return secret
    }

    /// By default there is room for a job that writes the largest memory whole: its pages are in the program's memory, and
    /// in what is sent to the storage.
    private func workerBytes(_ memoryLimit: UInt32) throws -> UInt64? {
        let standard = max(256, UInt64(memoryLimit) / 16 * 4)
        let mebibytes = try Settings.integer(workerMemory, "worker-memory", default: standard, in: 0...1_048_576)
        return mebibytes == 0 ? nil : mebibytes << 20
    }

    /// Refused where a memory could need more memory areas than the system allows a process.
    private func memoryPages() throws -> UInt32 {
        let pages = try Settings.integer(memoryLimit, "memory-limit", default: 8192, in: 1...65_536)
        let limit = MemoryAreas.largestSafeMemory()
        guard pages <= limit else {
            throw Failure(
                .usage,
                "--memory-limit is \(pages), but vm.max_map_count of this system is safe only up to \(limit); raise it with sysctl"
            )
        }
        return pages
    }
}
