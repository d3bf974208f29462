import Foundation
import Pages

extension Job {
    /// A job that the service could not run.
    /// - Parameters:
    ///   - code: of the API's codes.
    ///   - startedAt: nil if no worker had it.
    public static func failed(
        _ request: JobRequest, code: String, message: String, startedAt: Timestamp? = nil
    ) -> Job {
        var job = Job(request)
        job.state = .failed
        job.error = JobError(code: code, message: message)
        job.startedAt = startedAt
        job.finishedAt = .now()
        return job
    }

    /// A job whose program was stopped from outside when its time was up: nothing of it is known, so that its whole gas
    /// counts as burned.
    public static func timedOut(_ request: JobRequest, startedAt: Timestamp) -> Job {
        var job = Job(request)
        job.state = .finished
        job.outcome = .timeout
        job.gas = Gas(limit: request.gasLimit, left: 0, pages: ChargeCounts())
        job.error = JobError(
            code: JobOutcome.timeout.rawValue, message: "the program did not end within \(request.timeoutMs) ms")
        job.startedAt = startedAt
        job.finishedAt = .now()
        return job
    }

    /// The job as it is stored: its pages are numbers only.
    public var withoutPageData: Job {
        var job = self
        for index in job.writeAccessedPages.indices { job.writeAccessedPages[index].data = nil }
        return job
    }

    /// The JSON that the storage keeps and `GET` answers.
    public func document() -> [UInt8] { JobDocument(self).bytes }

    /// Reads a stored job.
    public init(document: [UInt8]) throws(MessageError) {
        do { self = try JSONCoding.decode(Job.self, from: Data(document)) } catch { throw .malformed("\(error)") }
    }
}
