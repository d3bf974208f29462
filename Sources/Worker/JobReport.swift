import Foundation
import LazyPages
import PageStorage
import Pages
import ProgramRuntime
import WorkerProtocol

extension Job {
    /// Takes over what the execution reported. Whether it is committed comes later.
    mutating func finish(
        _ report: ExecutionReport, _ request: JobRequest, _ start: ExecutionStart, at time: Timestamp
    ) {
        state = .finished
        finishedAt = time
        status = report.status
        switch report.end {
        case .returned(let numbers):
            outcome = .success
            results = numbers
        case .trapped(let trap):
            outcome = .trap
            error = JobError(.trap, trap)
        case .memoryOutOfBounds(let trap):
            outcome = .memoryOutOfBounds
            error = JobError(.memoryOutOfBounds, trap)
        case .gasLimitExceeded:
            outcome = .gasLimitExceeded
            error = JobError(
                code: JobOutcome.gasLimitExceeded.rawValue,
                message: "the job needs more than its gas limit of \(request.gasLimit)")
        case .stopped(let end): (outcome, error) = Self.outcome(of: end)
        }
        gas = Gas(
            limit: request.gasLimit, left: report.gasLeft ?? request.gasLimit, pages: report.charges,
            weightsVersion: report.weightsVersion)
        memory = MemoryShape(size: report.memorySize, stackEnd: start.stackEnd)
        accessedPages = report.accessedPages
        faults = report.faults.map(JobFault.init)
        writeAccessedPages = report.writtenPages.map { WrittenPage(page: $0.page) }
        loadedPages = Int(report.counters.pagesLoaded)
        programVersion = start.version
    }

    private static func outcome(of end: HostEnd) -> (JobOutcome, JobError?) {
        switch end {
        case .leave: (.success, nil)
        case .exit: (.exit, nil)
        case .wait: (.waiting, nil)
        case .panic(let message): (.panic, JobError(code: JobOutcome.panic.rawValue, message: message))
        case .unsupported(let function):
            (
                .trap,
                JobError(
                    code: JobOutcome.trap.rawValue, message: "the program called \(function), which is not served",
                    trap: "unsupported_function", function: function)
            )
        }
    }

    /// Adds the written pages' bytes, if the request asked for them.
    mutating func attachPageData(_ report: ExecutionReport, _ request: JobRequest) {
        guard request.pages == .data else { return }
        writeAccessedPages = report.writtenPages.map { WrittenPage(page: $0.page, data: $0.bytes.map { Data($0) }) }
    }
}

extension JobError {
    init(_ outcome: JobOutcome, _ trap: Trap) {
        self.init(
            code: outcome.rawValue, message: trap.message, trap: trap.kind, function: trap.function,
            codeOffset: trap.codeOffset)
    }
}

extension JobFault {
    fileprivate init(_ fault: PageFault) {
        let kind: Kind =
            switch fault.kind {
            case .read: .read
            case .write: .write
            case .writeAfterRead: .writeAfterRead
            }
        self.init(
            page: fault.page, kind: kind, by: fault.isSignal ? .signal : .hostFunc, atUs: fault.nanoseconds / 1000)
    }
}

extension JobCounters {
    mutating func add(_ fetched: StoragePageSource.Counters, _ handled: ExecutionCounters) {
        pageQueries += fetched.queries
        pageQueryNs += fetched.queryNanoseconds
        pageQueryTimes.add(fetched.queryTimes)
        pagesPrefetched += fetched.pagesPrefetched
        pagesWasted += fetched.pagesWasted
        readFaults += handled.readFaults
        writeFaults += handled.writeFaults
        writeAfterReadFaults += handled.writeAfterReadFaults
        pagesLoaded += handled.pagesLoaded
        bytesLoaded += handled.bytesLoaded
        handlerNs += handled.handlerNanoseconds
    }
}
