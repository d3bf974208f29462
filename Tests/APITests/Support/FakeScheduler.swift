import Scheduler
import Synchronization
import WorkerProtocol

/// A scheduler that answers what a test tells it to, and remembers what it was asked.
final class FakeScheduler: JobScheduling {
    struct State {
        var requests: [JobRequest] = []
        var uploads: [(code: [UInt8], isText: Bool)] = []
        var active: [Job] = []
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

    func run(_ request: JobRequest) async throws(SchedulerError) -> Job {
        let run = state.withLock { state in
            state.requests.append(request)
            return state.run
        }
        return try run(request)
    }

    func inspect(code: [UInt8], isText: Bool) async throws(SchedulerError) -> ModuleInspection {
        let inspect = state.withLock { state in
            state.uploads.append((code, isText))
            return state.inspect
        }
        return try inspect(code)
    }

    func activeJobs() -> [Job] { state.withLock { $0.active } }

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
