import PageStorage
import Scheduler
import Synchronization
import WorkerProtocol

@testable import API

/// Runs jobs as a test tells it to, and remembers what it was asked.
///
/// What is accepted waits until the test ends it, if the test says so; else it has ended at once. As the real one it knows
/// idempotency keys, and refuses jobs whose programs are gone.
final class FakeScheduler: JobService {
    struct State {
        var requests: [JobRequest] = []
        var submissions: [[Submission]] = []
        var uploads: [(code: [UInt8], isText: Bool)] = []
        /// By id.
        var jobs: [String: FoundJob] = [:]
        var keys: [String: (fingerprint: [UInt8], job: String)] = [:]
        /// Keys of programs that are there; nil for any but that of no program.
        var programs: Set<ProgramKey>?
        /// Keys of programs whose jobs are to end.
        var deleted: [ProgramKey] = []
        var statistics = SchedulerStatistics()
        /// What becomes of a job that is to be accepted, but for what the idempotency key and the program say.
        var refusal: @Sendable (JobRequest) -> SubmissionRefusal? = { _ in nil }
        /// None of the jobs is accepted.
        var error: SchedulerError?
        /// Why jobs cannot be asked for.
        var outage: StorageError?
        /// Jobs wait until `finish` is called.
        var holdsJobs = false
        var run: @Sendable (JobRequest) -> Job = { Job.success($0) }
        /// Jobs have ended on another server: as what.
        var endsElsewhere: (@Sendable (JobRequest) -> JobRecord)?
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
        let result: Result<[SubmissionOutcome], SchedulerError> = state.withLock { state in
            if let error = state.error { return .failure(error) }
            state.submissions.append(jobs)
            return .success(jobs.map { accept($0, &state) })
        }
        return try result.get()
    }

    private func accept(_ submission: Submission, _ state: inout State) -> SubmissionOutcome {
        var request = submission.request
        request.createdAt = .now()
        request.id = UUIDv7.next().description
        if let key = submission.idempotency, let known = state.keys[key.key] {
            return known.fingerprint == key.fingerprint ? .repeated(job: known.job) : .refused(.keyReused)
        }
        let key = request.programKey.map { ProgramKey(bytes: Array($0)) }
        let isThere = key.map { key in
            state.programs?.contains(key) ?? (key != ProgramKey(bytes: Array(repeating: 0, count: 16)))
        }
        guard isThere ?? true else { return .refused(.programGone) }
        if let refusal = state.refusal(request) { return .refused(refusal) }
        if let key = submission.idempotency { state.keys[key.key] = (key.fingerprint, request.id) }
        state.requests.append(request)
        let accepted = Job(request)
        state.jobs[request.id] =
            if state.holdsJobs {
                .active(accepted)
            } else if let record = state.endsElsewhere?(request) {
                .ended(record)
            } else {
                .finished(JobReport(state.run(request)))
            }
        return .accepted(
            AcceptedJob(job: accepted) { [self] limit throws(StorageError) in try await ended(accepted.id, limit) })
    }

    /// The job has reached this state.
    func change(_ job: Job) { state.withLock { $0.jobs[job.id] = .active(job) } }

    /// The job has come to its end.
    func finish(_ job: Job) { state.withLock { $0.jobs[job.id] = .finished(JobReport(job)) } }

    func job(id: String) async throws(StorageError) -> FoundJob? {
        let (found, outage) = state.withLock { ($0.jobs[id], $0.outage) }
        if let outage { throw outage }
        return found
    }

    func job(id: String, otherThan state: JobState, within limit: Duration) async throws(StorageError) -> FoundJob? {
        let deadline = ContinuousClock.now + limit
        while true {
            let found = try await job(id: id)
            guard found?.activeState == state, deadline > .now else { return found }
            guard (try? await Task.sleep(for: .milliseconds(1))) != nil else { return found }
        }
    }

    private func ended(_ id: String, _ limit: Duration) async throws(StorageError) -> FoundJob? {
        let deadline = ContinuousClock.now + limit
        var found = try await job(id: id)
        while let state = found?.activeState, deadline > .now, !Task.isCancelled {
            found = try await job(id: id, otherThan: state, within: deadline - .now)
        }
        return found
    }

    func activeJobs(_ filter: JobFilter, before id: String?, limit: Int) async throws(StorageError) -> [Job] {
        let active = state.withLock { state in
            state.jobs.values.compactMap { if case .active(let job) = $0 { job } else { nil } }
        }
        let wanted = active.filter { job in filter.admits(job) && (id.map { job.id < $0 } ?? true) }
        return Array(wanted.sorted { $0.id > $1.id }.prefix(limit))
    }

    func endJobs(ofDeleted program: String, key: ProgramKey) { state.withLock { $0.deleted.append(key) } }

    func cancel(id: String) async throws(StorageError) -> Cancellation {
        state.withLock { state in
            switch state.jobs[id] {
            case .active(var job)?:
                job.state = .cancelled
                state.jobs[id] = .finished(JobReport(job))
                return .cancelled(job)
            case .finished(let report)?:
                guard let job = try? report.job() else { return .unknown }
                return .ended(job.record)
            case .ended(let record)?: return .ended(record)
            case nil: return .unknown
            }
        }
    }

    func inspect(code: [UInt8], isText: Bool) async throws(SchedulerError) -> ModuleInspection {
        let inspect = state.withLock { state in
            state.uploads.append((code, isText))
            return state.inspect
        }
        return try inspect(code)
    }

    func statistics() -> SchedulerStatistics { state.withLock { $0.statistics } }
}

extension JobFilter {
    fileprivate func admits(_ job: Job) -> Bool {
        (program.map { $0 == job.program } ?? true)
            && (programs.map { $0.contains { $0.matches(job.program) } } ?? true)
            && (state.map { $0 == job.state.rawValue } ?? true)
            && (outcome.map { $0 == job.outcome?.rawValue } ?? true)
            && (since.map { $0 <= job.createdAt.milliseconds } ?? true)
    }
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

    /// The job as the storage keeps it.
    var record: JobRecord {
        JobRecord(
            id: id, program: program, state: state.rawValue, outcome: outcome?.rawValue,
            createdAt: createdAt.milliseconds, finishedAt: createdAt.milliseconds,
            document: document())
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
