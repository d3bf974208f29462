import HTTPServer
import PageStorage
import Scheduler
import WorkerProtocol

/// A job as its poster is answered.
struct JobAnswer: Sendable {
    var id: String
    /// 200 for a job that has come to its end, 202 for one that has not.
    var status: Int
    var document: [UInt8]

    /// - Throws: the job's problem as an ``HTTPError`` where the service could not run it.
    init(_ found: FoundJob, id: String, pages: PageDetail) throws {
        self.id = id
        switch found {
        case .active(let job):
            (status, document) = (202, job.document())
        case .finished(let report):
            guard report.summary.state == .finished else { throw HTTPError(failed: try report.job()) }
            (status, document) = (200, report.answer(withPageData: pages == .data))
        case .ended(let record):
            guard record.state == JobState.finished.rawValue else {
                throw HTTPError(failed: try Job(document: record.document))
            }
            (status, document) = (200, record.document)
        }
    }
}

extension FoundJob {
    /// The job as it is kept, without page data.
    var document: [UInt8] {
        switch self {
        case .active(let job): job.document()
        case .finished(let report): report.document.bytes
        case .ended(let record): record.document
        }
    }

    var program: String {
        switch self {
        case .active(let job): job.program
        case .finished(let report): report.summary.program
        case .ended(let record): record.program
        }
    }

    /// Nil once the job has come to its end.
    var activeState: JobState? {
        if case .active(let job) = self { job.state } else { nil }
    }
}
