import Foundation
import Logging
import Synchronization
import Testing
import WorkerProtocol

@testable import Scheduler

/// A scheduler with fake workers.
struct Service: Sendable {
    let scheduler: Scheduler
    /// The storage, unless another was given.
    let recorder = MemoryRecorder()
    let observed = ObservedJobs()
    /// In the command line of every worker of this service.
    let tag = UUIDv7.next().description

    init(
        workers: Int = 2, behaviour: String = "serve", storage: (any JobRecorder)? = nil,
        configure: (inout SchedulerConfiguration) -> Void = { _ in }
    ) {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let worker = tests.deletingLastPathComponent().appending(path: "FakeWorker").path
        var configuration = SchedulerConfiguration(workers: workers, workerCommand: [worker, behaviour, tag])
        configure(&configuration)
        let observed = observed
        scheduler = Scheduler(
            configuration: configuration, storage: storage ?? recorder,
            logger: Logger(label: "test") { _ in SilentLog() },
            observe: { job in observed.append(job) })
        scheduler.start()
    }

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
        try await scheduler.run(request(entry, args, program: program, timeoutMs: timeoutMs))
    }

    /// Begins to run a job, and returns when the scheduler has it.
    func submit(
        _ entry: String, _ args: Int64..., program: String = "p", timeoutMs: UInt64 = 20_000
    ) async -> Submitted {
        let request = request(entry, args, program: program, timeoutMs: timeoutMs)
        let task = Task { try await scheduler.run(request) }
        let isKnown = { @Sendable () -> Bool in
            scheduler.activeJobs().contains { $0.id == request.id } || observed.contains(request.id)
        }
        #expect(await eventually(isKnown))
        return Submitted(id: request.id, task: task)
    }

    struct Submitted: Sendable {
        let id: String
        let task: Task<Job, any Error>
    }

    func state(of id: String) -> JobState? { scheduler.activeJobs().first { $0.id == id }?.state }

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
    private let jobs = Mutex<[Job]>([])

    func append(_ job: Job) { jobs.withLock { $0.append(job) } }

    var all: [Job] { jobs.withLock { $0 } }

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
func eventually(_ condition: @Sendable () -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(20)
    while !condition() {
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
