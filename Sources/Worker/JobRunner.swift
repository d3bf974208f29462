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
    private let storage: any Storage
    private let source: StoragePageSource
    private var storedPages = StoredPageLists()
    private var programs = KnownPrograms()
    private let runtime: ProgramRuntime
    private let code: ProgramCode
    private let interface = GearInterface()
    private let costs: PageCosts
    private let log: (String) -> Void
    /// Of the job under way.
    private var terms = RunTerms(queuedUs: 0, claim: nil)

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

    /// Decides whether an upload can be run.
    public func inspect(code: [UInt8], isText: Bool) throws(ModuleRefusal) -> InspectedModule {
        try runtime.inspect(code: code, isText: isText)
    }

    public func run(_ request: JobRequest, _ terms: RunTerms, progress: (Progress) -> Void) -> Outcome {
        self.terms = terms
        var counters = JobCounters()
        var job = Job(request)
        job.timingsUs.queued = terms.queuedUs
        job.startedAt = terms.now()
        do throws(JobFailure) {
            for _ in 0..<Self.attemptLimit {
                if let outcome = try attempt(request, job, &counters, progress) { return outcome }
                counters.conflicts += 1
            }
            throw .commitConflict
        } catch {
            return failed(job, error, counters)
        }
    }

    /// The server that has claimed the job.
    private var claim: ServerID? { terms.claim.map { ServerID(bytes: [UInt8]($0)) } }

    /// One run of the job; nil if another writer of the program was faster, and it must start over.
    private func attempt(
        _ request: JobRequest, _ accepted: Job, _ counters: inout JobCounters, _ progress: (Progress) -> Void
    ) throws(JobFailure) -> Outcome? {
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
            if case .execution(.pageSource(.changed)) = error { return nil }
            // What was known may have been out of date.
            if known != nil, !error.isOutage { return nil }
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
                return nil
            }
            return try record(job, report, request)
        }
        return try commit(job, MemoryChange(report, calls.holes, start), report, request, start, known, &clock)
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

    // MARK: - The end

    private func commit(
        _ finished: Job, _ change: MemoryChange, _ report: ExecutionReport, _ request: JobRequest,
        _ start: ExecutionStart, _ known: KnownPrograms.Program?, _ clock: inout Stopwatch
    ) throws(JobFailure) -> Outcome? {
        var job = finished
        job.committed = true
        job.counters?.pagesWritten = UInt64(change.written.count)
        job.programVersion = start.version + (change.raisesVersion ? 1 : 0)
        var document = JobDocument(job)
        let record = JobRecord(job, document)
        let result: CommitResult
        do throws(StorageError) {
            result = try storage.commit(
                Commit(
                    key: start.key, version: start.version, memorySize: report.memorySize, holes: change.holes,
                    pages: change.written, freedPages: change.freed, job: record, claim: claim))
        } catch {
            if case .unavailable = error { throw .commitUncertain }
            throw .storage(error)
        }
        switch result {
        case .committed(let version):
            let pages = start.storedPageList.after(
                version, updatedAt: record.finishedAt, written: change.written.map(\.page), freed: change.freed)
            storedPages.set(pages, of: request.program)
            programs.set(start.after(pages, report, change), change, before: known)
            if job.programVersion != version {
                job.programVersion = version
                document = JobDocument(job)
            }
            job.attachPageData(report, request)
            return Outcome(report: JobReport(job, document: document, commitUs: clock.lap()), keeping: .recorded)
        case .conflict:
            programs.remove(start.key)
            return nil
        case .programDeleted: throw .programDeleted
        case .jobAlreadyRecorded: return try recordedElsewhere(job.id)
        case .claimLost: return Outcome(report: JobReport(finished), keeping: .claimLost)
        }
    }

    private func record(
        _ finished: Job, _ report: ExecutionReport, _ request: JobRequest
    ) throws(JobFailure) -> Outcome {
        let document = JobDocument(finished)
        let result: RecordResult
        do throws(StorageError) {
            result = try storage.recordJob(JobRecord(finished, document), claim: claim)
        } catch {
            throw .storage(error)
        }
        var job = finished
        switch result {
        case .recorded: break
        case .alreadyRecorded: return try recordedElsewhere(finished.id)
        case .claimLost: return Outcome(report: JobReport(finished), keeping: .claimLost)
        }
        job.attachPageData(report, request)
        return Outcome(report: JobReport(job, document: document, commitUs: nil), keeping: .recorded)
    }

    /// Someone else has declared this job ended: that stands.
    private func recordedElsewhere(_ id: String) throws(JobFailure) -> Outcome {
        do {
            guard let record = try storage.job(id: id) else { throw StorageError.failed("the job's record is gone") }
            return Outcome(report: JobReport(try Job(document: record.document)), keeping: .recorded)
        } catch {
            throw .storage(error as? StorageError ?? .failed("\(error)"))
        }
    }

    private func failed(_ accepted: Job, _ failure: JobFailure, _ counters: JobCounters) -> Outcome {
        log("job \(accepted.id) of \(accepted.program) failed: \(failure)")
        // A queued job outlives an outage: it is run again, and finds out whether it was stored.
        if terms.claim != nil, failure.isOutage { return Outcome(report: JobReport(accepted), keeping: .unrecorded) }
        var job = accepted
        job.state = .failed
        job.counters = counters == JobCounters() ? nil : counters
        job.error = failure.jobError
        job.finishedAt = terms.now()
        do {
            let report = JobReport(job)
            switch try storage.recordJob(JobRecord(job, report.document), claim: claim) {
            case .recorded: return Outcome(report: report, keeping: .recorded)
            // That is the record of the commit whose answer was lost: the job has not failed.
            case .alreadyRecorded: return try recordedElsewhere(job.id)
            case .claimLost: return Outcome(report: report, keeping: .claimLost)
            }
        } catch {
            return Outcome(report: JobReport(job), keeping: .unrecorded)
        }
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
