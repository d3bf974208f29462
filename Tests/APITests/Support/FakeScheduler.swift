import PageStorage
import Scheduler
import Synchronization
import WorkerProtocol

/// A scheduler that answers what a test tells it to, and remembers what it was asked.
final class FakeScheduler: JobService {
    struct State {
        var requests: [JobRequest] = []
        var uploads: [(code: [UInt8], isText: Bool)] = []
        var active: [Job] = []
        var ended: [JobRecord] = []
        /// Why jobs cannot be asked for.
        var outage: StorageError?
        var statistics = SchedulerStatistics()
        var run: @Sendable (JobRequest) throws(SchedulerError) -> Job = { Job.success($0) }
        var inspect: @Sendable ([UInt8]) throws(SchedulerError) -> ModuleInspection = {
            let forms = [
                MeteredForm(name: "fast", weightsVersion: 3, code: [1, 2, 3, 4, 5]),
                MeteredForm(name: "exact", weightsVersion: 3, code: [1, 2, 3, 4]),
            ]
            return .accepted(InspectedModule(description: .sample, code: $0, meteredForms: forms))
        }
    }

    let state: Mutex<State>

    init() {
        var state = State()
        state.statistics.workersIdle = 2
        self.state = Mutex(state)
    }

    var requests: [JobRequest] { state.withLock { $0.requests } }

    func submit(_ jobs: [Submission]) async throws(SchedulerError) -> [SubmissionOutcome] {
        var outcomes: [SubmissionOutcome] = []
        for submission in jobs {
            let run = state.withLock { state in
                state.requests.append(submission.request)
                return state.run
            }
            let job = try run(submission.request)
            outcomes.append(
                .accepted(AcceptedJob(job: Job(submission.request)) { _ in .finished(JobReport(job)) }))
        }
        return outcomes
    }

    func job(id: String) async throws(StorageError) -> FoundJob? {
        let (active, ended, outage) = state.withLock { state in
            (state.active.first { $0.id == id }, state.ended.first { $0.id == id }, state.outage)
        }
        if let outage { throw outage }
        return active.map(FoundJob.active) ?? ended.map(FoundJob.ended)
    }

    func job(id: String, otherThan state: JobState, within limit: Duration) async throws(StorageError) -> FoundJob? {
        try await job(id: id)
    }

    func activeJobs(_ filter: JobFilter, before id: String?, limit: Int) async throws(StorageError) -> [Job] {
        state.withLock { state in state.active.filter { job in id.map { job.id < $0 } ?? true } }
    }

    func cancel(id: String) async throws(StorageError) -> Cancellation { .unknown }

    func inspect(code: [UInt8], isText: Bool) async throws(SchedulerError) -> ModuleInspection {
        let inspect = state.withLock { state in
            state.uploads.append((code, isText))
            return state.inspect
        }
        return try inspect(code)
    }

    func statistics() -> SchedulerStatistics { state.withLock { $0.statistics } }
}

extension Job {
    /// A job that wrote page 8, as a worker answers it.
    static func success(_ request: JobRequest) -> Job {
        var job = Job(request)
        job.state = .finished
        job.outcome = .success
        job.gas = Gas(limit: request.gasLimit, left: request.gasLimit, pages: .init())
        job.accessedPages = [8]
        job.writeAccessedPages = [WrittenPage(page: 8, data: .init(repeating: 7, count: 16384))]
        job.committed = request.commit
        job.programVersion = 1
        job.startedAt = request.createdAt
        job.finishedAt = request.createdAt
        return job
    }
}

extension ModuleDescription {
    /// 2 pages of memory, up to 4, the first one stack; entries of every kind of signature.
    static let sample = ModuleDescription(
        hash: String(repeating: "ab", count: 32), size: 8, memorySize: 2, memoryMaximum: 4, stackEnd: 1,
        imports: [Import(module: "env", name: "gr_size", params: ["i32"], results: [])],
        entries: [
            Entry(name: "handle", params: [], results: []),
            Entry(name: "add", params: ["i32", "i64"], results: ["i32"]),
            Entry(name: "scale", params: ["f32", "f64"], results: ["f64"]),
            Entry(name: "opaque", params: ["externref"], results: []),
            Entry(name: "vector", params: [], results: ["v128"]),
        ], metering: .service)
}
