import Foundation
import GearInterface
import LazyPages
import Metering
import PageStorage
import Pages
import ProgramRuntime
import WorkerProtocol

/// Runs jobs, one at a time: from the program's row to the stored outcome.
public final class JobRunner {
    let storage: any Storage
    private let source: StoragePageSource
    var storedPages = StoredPageLists()
    var programs = KnownPrograms()
    private let runtime: ProgramRuntime
    private let code: ProgramCode
    private let interface = GearInterface()
    private let costs: PageCosts
    let log: (String) -> Void
    /// Of the job under way.
    var terms = RunTerms(queuedUs: 0, claim: nil)

    /// How often a job is run again after another writer of its program was faster.
    static let attemptLimit = 10

    /// - Parameters:
    ///   - cacheDirectory: where compiled code is kept between processes; nil keeps none.
    ///   - memoryLimit: the largest memory that is served, in Wasm pages.
    ///   - prefetch: how far ahead of their faults pages are fetched.
    ///   - compiler: what compiles programs.
    ///   - log: is told, for operators, why a job failed.
    public init(
        storage: any Storage, cacheDirectory: String?, memoryLimit: UInt32, costs: PageCosts = .standard,
        prefetch: Prefetch = .on, compiler: ProgramCompiler = .cranelift, log: @escaping (String) -> Void
    ) throws(RuntimeError) {
        self.storage = storage
        self.costs = costs
        self.log = log
        source = StoragePageSource(storage: storage, prefetch: prefetch)
        runtime = try ProgramRuntime(
            source: source, cacheDirectory: cacheDirectory, memoryLimit: memoryLimit, compiler: compiler,
            hostFunctions: interface.hostFunctions)
        code = ProgramCode(runtime: runtime, storage: storage)
    }

    /// What is said while a job is under way.
    public enum Progress {
        /// The program's first instruction comes next, in this form of its metering.
        case started(MeteringForm)
        /// The program came to its end: its job is about to be stored, or the program starts over.
        case executed
    }

    public struct Outcome {
        /// With page data, if the request asked for it.
        public var report: JobReport
        public var keeping: JobKeeping
    }

    /// What became of a job.
    public enum Run {
        case ended(Outcome)
        /// The program came to its end; the job is still to be stored.
        case executed(ExecutedJob)
    }

    /// Decides whether an upload can be run.
    public func inspect(code: [UInt8], isText: Bool) throws(ModuleRefusal) -> InspectedModule {
        try runtime.inspect(code: code, isText: isText)
    }

    /// Runs a job to its end, and stores it.
    public func run(_ request: JobRequest, _ terms: RunTerms, progress: (Progress) -> Void) -> Outcome {
        switch run(request, terms, leavesCommit: false, progress: progress) {
        case .ended(let outcome): outcome
        case .executed(let job): store([job], progress: progress)[0]
        }
    }

    /// Runs a job.
    /// - Parameter leavesCommit: whether a job that is to be committed is left to `store(_:progress:)`. Before that no other
    ///   job of its program may be run.
    public func run(
        _ request: JobRequest, _ terms: RunTerms, leavesCommit: Bool, progress: (Progress) -> Void
    ) -> Run {
        run(request, terms, JobCounters(), leavesCommit: leavesCommit, progress)
    }

    func run(
        _ request: JobRequest, _ terms: RunTerms, _ before: JobCounters, leavesCommit: Bool,
        _ progress: (Progress) -> Void
    ) -> Run {
        self.terms = terms
        var counters = before
        var job = Job(request)
        job.timingsUs.queued = terms.queuedUs
        job.startedAt = terms.now()
        do throws(JobFailure) {
            while counters.conflicts < Self.attemptLimit {
                switch try attempt(request, job, &counters, progress) {
                case .recorded(let outcome): return .ended(outcome)
                case .executed(let executed) where leavesCommit: return .executed(executed)
                case .executed(var executed):
                    let result = storage.commitTogether([executed.commit])[0]
                    if let outcome = try conclude(&executed, result) { return .ended(outcome) }
                case .outdated: break
                }
                counters.conflicts += 1
            }
            throw .commitConflict
        } catch {
            return .ended(failed(job, error, counters))
        }
    }

    /// The server that has claimed the job.
    var claim: ServerID? { terms.claim.map { ServerID(bytes: [UInt8]($0)) } }

    private enum Attempt {
        case recorded(Outcome)
        case executed(ExecutedJob)
        /// Another writer of the program was faster: the job must start over.
        case outdated
    }

    /// One run of the job.
    private func attempt(
        _ request: JobRequest, _ accepted: Job, _ counters: inout JobCounters, _ progress: (Progress) -> Void
    ) throws(JobFailure) -> Attempt {
        var clock = Stopwatch()
        var job = accepted
        let known = knownProgram(request, counters)
        let start: ExecutionStart
        if let known { start = known.start } else { start = try begin(request) }
        let context = request.context.resolved(for: request, program: start.key)
        job.context = context
        let report: ExecutionReport
        let calls: GearReport
        do throws(JobFailure) {
            (report, calls) = try run(request, context, start, known, &counters) { step in
                if case .started = step, job.timingsUs.load == nil { job.timingsUs.load = clock.lap() }
                progress(step)
            }
        } catch {
            progress(.executed)
            programs.remove(start.key)
            if case .execution(.pageSource(.changed)) = error { return .outdated }
            // What was known may have been out of date.
            if known != nil, !error.isOutage { return .outdated }
            if case .execution(.pageVanished) = error, try begin(request).key != start.key {
                throw .programDeleted
            }
            throw error
        }
        job.timingsUs.execute = clock.lap()
        progress(.executed)
        job.counters = counters
        job.finish(report, request, start, at: terms.now())
        if report.weightsVersion != nil, let offset = job.error?.codeOffset {
            job.error?.codeOffset = code.originalOffset(offset, start)
        }
        job.take(calls)
        guard request.commit, job.outcome?.commits == true else {
            // Only a commit would have found out that what was known is out of date.
            if let known, try begin(request).version != known.start.version {
                programs.remove(start.key)
                return .outdated
            }
            return .recorded(try record(job, report, request))
        }
        let change = MemoryChange(report, calls.holes, start)
        return .executed(
            ExecutedJob(job, change, report, request, start, known, terms: terms, claim: claim, clock: clock))
    }

    /// The program, if it is known here as the server says that it is. A job that commits nothing reads the storage: nothing
    /// would find out if that is not true.
    private func knownProgram(_ request: JobRequest, _ counters: JobCounters) -> KnownPrograms.Program? {
        guard request.commit, counters.conflicts == 0, let version = terms.knownVersion, let key = request.programKey
        else { return nil }
        return programs.program(ProgramKey(bytes: [UInt8](key)), version: version)
    }

    /// Runs the program in the fast form of its metering, and where that is not conclusive once more in the exact one.
    private func run(
        _ request: JobRequest, _ context: JobContext, _ start: ExecutionStart, _ known: KnownPrograms.Program?,
        _ counters: inout JobCounters, _ progress: (Progress) -> Void
    ) throws(JobFailure) -> (ExecutionReport, GearReport) {
        let (report, calls) = try run(.fast, request, context, start, known, &counters, progress)
        if report.isConclusive { return (report, calls) }
        // The other form may have to be compiled first.
        progress(.executed)
        return try run(.exact, request, context, start, known, &counters, progress)
    }

    private func run(
        _ form: MeteringForm, _ request: JobRequest, _ context: JobContext, _ start: ExecutionStart,
        _ known: KnownPrograms.Program?, _ counters: inout JobCounters, _ progress: (Progress) -> Void
    ) throws(JobFailure) -> (ExecutionReport, GearReport) {
        let module = try code.module(start, form)
        interface.begin(try GearStart(request, context, start, module))
        source.begin(start, entry: request.entry, known: known?.pages ?? [:])
        do throws(ExecutionError) {
            let report = try runtime.execute(module, ExecutionRequest(request, start, costs)) {
                progress(.started(form))
            }
            counters.add(source.end(isWhole: report.isConclusive), runtime.counters)
            return (report, interface.end())
        } catch {
            counters.add(source.end(isWhole: false), runtime.counters)
            _ = interface.end()
            throw .execution(error)
        }
    }

    private func begin(_ request: JobRequest) throws(JobFailure) -> ExecutionStart {
        let start: ExecutionStart?
        do throws(StorageError) {
            start = try storage.beginExecution(program: request.program, known: storedPages.list(of: request.program))
        } catch {
            throw .storage(error)
        }
        guard let start, request.programKey.map({ [UInt8]($0) == start.key.bytes }) ?? true else {
            throw .programDeleted
        }
        storedPages.set(start.storedPageList, of: request.program)
        return start
    }
}

extension JobRecord {
    init(_ job: Job, _ document: JobDocument) {
        self.init(
            id: job.id, program: job.program, state: job.state.rawValue, outcome: job.outcome?.rawValue,
            createdAt: job.createdAt.milliseconds, finishedAt: (job.finishedAt ?? .now()).milliseconds,
            document: document.bytes)
    }
}

extension ExecutionRequest {
    init(_ request: JobRequest, _ start: ExecutionStart, _ costs: PageCosts) {
        self.init(
            entry: request.entry, args: request.args, gasLimit: request.gasLimit, memorySize: start.memorySize,
            memoryMaximum: start.memoryMaximum, stackEnd: start.stackEnd, programKey: start.key.bytes, costs: costs)
    }
}

/// Laps in microseconds.
struct Stopwatch {
    private var last = ContinuousClock.now

    mutating func lap() -> UInt64 {
        let now = ContinuousClock.now
        defer { last = now }
        return UInt64(clamping: (now - last).wholeMicroseconds)
    }
}
