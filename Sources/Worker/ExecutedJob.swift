import PageStorage
import Pages
import ProgramRuntime
import WorkerProtocol

/// A job whose program has come to its end, with what is to be committed of it.
public struct ExecutedJob {
    let request: JobRequest
    let terms: RunTerms
    let start: ExecutionStart
    let known: KnownPrograms.Program?
    let change: MemoryChange
    let report: ExecutionReport
    let commit: Commit
    private var job: Job
    private var document: JobDocument
    private var clock: Stopwatch

    init(
        _ finished: Job, _ change: MemoryChange, _ report: ExecutionReport, _ request: JobRequest,
        _ start: ExecutionStart, _ known: KnownPrograms.Program?, terms: RunTerms, claim: ServerID?, clock: Stopwatch
    ) {
        (self.request, self.terms, self.start, self.known) = (request, terms, start, known)
        (self.change, self.report, self.clock) = (change, report, clock)
        job = finished
        job.committed = true
        job.counters?.pagesWritten = UInt64(change.written.count)
        job.programVersion = start.version + (change.raisesVersion ? 1 : 0)
        document = JobDocument(job)
        commit = Commit(
            key: start.key, version: start.version, memorySize: report.memorySize, holes: change.holes,
            pages: change.written, freedPages: change.freed, job: JobRecord(job, document), claim: claim)
    }

    /// The bytes of its pages.
    public var size: Int { change.written.count * PageSize.gear }

    var counters: JobCounters {
        var counters = job.counters ?? JobCounters()
        counters.pagesWritten = 0
        return counters
    }

    /// The job as it was before it ran.
    var accepted: Job {
        var accepted = Job(request)
        accepted.timingsUs.queued = terms.queuedUs
        accepted.startedAt = job.startedAt
        return accepted
    }

    /// The job, of which nothing was stored.
    var uncommitted: JobReport {
        var job = job
        job.committed = false
        job.programVersion = start.version
        return JobReport(job)
    }

    /// The job as it was stored.
    mutating func committed(in version: Int64) -> JobReport {
        if job.programVersion != version {
            job.programVersion = version
            document = JobDocument(job)
        }
        job.attachPageData(report, request)
        return JobReport(job, document: document, commitUs: clock.lap())
    }
}
