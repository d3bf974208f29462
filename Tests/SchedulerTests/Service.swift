import Foundation
import Logging
import PageStorage
import Synchronization
import Testing
import WorkerProtocol

@testable import Scheduler

/// A scheduler with fake workers, on an SQLite storage of its own. The workers store nothing: a job that has ended well
/// stays in the queue.
final class Service: Sendable {
    let scheduler: Scheduler
    let storage: StoragePool
    let observed = ObservedJobs()
    /// In the command line of every worker of this service.
    let tag = UUIDv7.next().description
    private let folder: URL
    private let keys = Mutex<[String: ProgramKey]>([:])

    init(
        workers: Int = 2, behaviour: String = "serve", configure: (inout SchedulerConfiguration) -> Void = { _ in }
    ) throws {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let worker = tests.deletingLastPathComponent().appending(path: "FakeWorker").path
        var configuration = SchedulerConfiguration(workers: workers, workerCommand: [worker, behaviour, tag])
        configure(&configuration)
        folder = FileManager.default.temporaryDirectory.appending(path: tag)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let location = StorageLocation.sqlite(path: folder.appending(path: "jobs.db").path)
        try location.open().migrate()
        storage = StoragePool(location: location, connections: 2)
        let observed = observed
        scheduler = Scheduler(
            configuration: configuration, storage: storage, location: location,
            logger: Logger(label: "test") { _ in SilentLog() },
            observe: { job in observed.append(job) })
        scheduler.start()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Runs `body` and shuts down.
    func use<Result>(_ body: (Service) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(self)
            await scheduler.shutdown(within: .seconds(20))
            return result
        } catch {
            await scheduler.shutdown(within: .zero)
            throw error
        }
    }

    func run(
        _ entry: String, _ args: Int64..., program: String = "p", timeoutMs: UInt64 = 20_000
    ) async throws -> Job {
        try await accept(request(entry, args, program: program, timeoutMs: timeoutMs)).value
    }

    /// Begins to run a job, and returns when the scheduler has it.
    func submit(
        _ entry: String, _ args: Int64..., program: String = "p", timeoutMs: UInt64 = 20_000
    ) async throws -> Submitted {
        try await accept(request(entry, args, program: program, timeoutMs: timeoutMs))
    }

    private func accept(_ request: JobRequest) async throws -> Submitted {
        var request = request
        request.programKey = Data(try await key(of: request.program).bytes)
        switch try await scheduler.submit([Submission(request: request)]).first {
        case .accepted(let job)?: return Submitted(accepted: job)
        case .refused(let refusal)?: throw refusal
        case .repeated?, nil: throw StorageError.failed("no new job")
        }
    }

    /// The key of a program, which is created when it is first asked for.
    func key(of program: String) async throws -> ProgramKey {
        let (key, isNew) = keys.withLock { keys in
            if let key = keys[program] { return (key, false) }
            let key = ProgramKey(bytes: UUIDv7.next().bytes)
            keys[program] = key
            return (key, true)
        }
        let record = NewProgram(
            id: program, key: key, codeHash: "00", code: [], memorySize: 1, memoryMaximum: 1, stackEnd: 0,
            interface: "{}", labels: "{}", createdAt: 0)
        if isNew {
            _ = try await storage.withStorage { storage throws(StorageError) in try storage.createProgram(record) }
        }
        return key
    }

    struct Submitted: Sendable {
        let accepted: AcceptedJob
        var id: String { accepted.job.id }

        /// The job as it ended.
        var value: Job {
            get async throws {
                switch try await accepted.end(within: .seconds(60)) {
                case .finished(let report)?: return try report.job()
                case .active(let job)?: return job
                case .ended(let record)?: return try Job(document: record.document)
                case nil: throw StorageError.failed("the job is gone")
                }
            }
        }
    }

    /// Whether the job waits or runs here; nil if it does neither.
    func state(of id: String) -> JobState? { scheduler.dispatcher.job(id: id)?.state }

    /// The job as the storage holds it, if it has ended.
    func stored(_ id: String) async throws -> Job? {
        let record = try await storage.withStorage { storage throws(StorageError) in try storage.job(id: id) }
        return try record.map { try Job(document: $0.document) }
    }

    /// The job in the queue of the storage, if it is there.
    func queued(_ id: String) async throws -> QueuedJob? {
        try await storage.withStorage { storage throws(StorageError) in try storage.queuedJob(id: id) }
    }

    /// Workers that have started, and have not been replaced.
    func readyWorkers() -> [ChildProcess] {
        scheduler.dispatcher.locked {
            scheduler.dispatcher.slots.filter { $0.state == .idle || $0.state == .busy }.compactMap(\.process)
        }
    }

    /// The processes of this service's workers.
    func workerProcesses() -> [pid_t] { processes { $0.contains(tag) } }
}

func request(
    _ entry: String, _ args: [Int64] = [], program: String = "p", timeoutMs: UInt64 = 20_000
) -> JobRequest {
    JobRequest(
        id: UUIDv7.next().description, program: program, entry: entry, args: args.map(WasmNumber.integer),
        gasLimit: 1000, commit: true, payload: Data(), pages: .data, timeoutMs: timeoutMs, createdAt: .now())
}

/// The jobs whose ends were observed, in that order.
final class ObservedJobs: Sendable {
    private let jobs = Mutex<[JobSummary]>([])

    func append(_ job: JobSummary) { jobs.withLock { $0.append(job) } }

    var all: [JobSummary] { jobs.withLock { $0 } }

    var ids: [String] { all.map(\.id) }

    func contains(_ id: String) -> Bool { all.contains { $0.id == id } }
}

extension Job {
    /// The process that ran the job, as fake workers report it.
    var workerProcess: pid_t? {
        if case .integer(let number)? = results.first { pid_t(number) } else { nil }
    }
}

func expectSuccess(_ job: Job, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(job.outcome == .success, "\(job.error?.message ?? "")", sourceLocation: sourceLocation)
}

/// Waits, at most for a time that is far too long, until something holds.
func eventually(_ condition: @Sendable () async throws -> Bool) async rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(20)
    while try await !condition() {
        guard .now < end else { return false }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return true
}

/// Processes whose command line is so.
func processes(where matches: (String) -> Bool) -> [pid_t] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { pid_t($0) }.filter { number in
        let line = FileManager.default.contents(atPath: "/proc/\(number)/cmdline") ?? Data()
        return matches(String(decoding: line, as: UTF8.self))
    }
}

private struct SilentLog: LogHandler {
    var logLevel = Logger.Level.critical
    var metadata: Logger.Metadata = [:]
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {}
}

/// The key of a program that is told apart from others by its name.
func key(_ name: String) -> ProgramKey {
    ProgramKey(bytes: Array((Array(name.utf8) + [UInt8](repeating: 0, count: 16)).prefix(16)))
}
