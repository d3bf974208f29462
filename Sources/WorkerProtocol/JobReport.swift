import Foundation
import Pages

/// A job that has come to its end: its JSON, and what the server must know of it without reading that.
public struct JobReport: Sendable {
    public let summary: JobSummary
    public let document: JobDocument
    /// How long the commit took, in microseconds: too late to be in the document. Nil if there was none.
    public let commitUs: UInt64?
    /// The write-accessed pages, with data if that was asked for.
    public let pages: [WrittenPage]

    public init(_ job: Job) {
        self.init(job, document: JobDocument(job), commitUs: nil)
    }

    /// - Parameter document: the job as it was stored.
    public init(_ job: Job, document: JobDocument, commitUs: UInt64?) {
        self.init(
            summary: JobSummary(job, commitUs: commitUs), document: document, commitUs: commitUs,
            pages: job.writeAccessedPages)
    }

    init(summary: JobSummary, document: JobDocument, commitUs: UInt64?, pages: [WrittenPage]) {
        self.summary = summary
        self.document = document
        self.commitUs = commitUs
        self.pages = pages
    }

    /// What the `POST` answers that ran the job.
    public func answer(withPageData: Bool) -> [UInt8] {
        document.answer(commitUs: commitUs, pageData: withPageData ? pages : [])
    }

    /// The job, read from its document; with page data.
    public func job() throws(MessageError) -> Job {
        var job = try Job(document: document.bytes)
        job.timingsUs.commit = commitUs ?? job.timingsUs.commit
        job.writeAccessedPages = pages
        return job
    }
}

/// What is counted of a job that has ended.
public struct JobSummary: Sendable, Equatable {
    public var id: String
    public var program: String
    public var state: JobState
    public var outcome: JobOutcome?
    /// Why the job did not end well; nil if it did.
    public var errorCode: String?
    public var createdAt: Timestamp
    public var finishedAt: Timestamp?
    public var gas: Gas
    /// The program's version after the job; nil if it is not known.
    public var programVersion: Int64?
    public var timingsUs: JobTimings
    public var counters: JobCounters?
    /// In order, as are those that were written.
    public var accessedPages: [PageNumber]
    public var writeAccessedPages: [PageNumber]
    public var origin: JobOrigin?

    public init(_ job: Job, commitUs: UInt64? = nil) {
        id = job.id
        program = job.program
        state = job.state
        outcome = job.outcome
        errorCode = job.error?.code
        createdAt = job.createdAt
        finishedAt = job.finishedAt
        gas = job.gas
        programVersion = job.programVersion
        timingsUs = job.timingsUs
        if let commitUs { timingsUs.commit = commitUs }
        counters = job.counters
        accessedPages = job.accessedPages
        writeAccessedPages = job.writeAccessedPages.map(\.page)
        origin = job.origin
    }

    init(
        id: String, program: String, state: JobState, outcome: JobOutcome?, errorCode: String?, createdAt: Timestamp,
        finishedAt: Timestamp?, gas: Gas, programVersion: Int64?, timingsUs: JobTimings, counters: JobCounters?,
        accessedPages: [PageNumber], writeAccessedPages: [PageNumber], origin: JobOrigin?
    ) {
        self.id = id
        self.program = program
        self.state = state
        self.outcome = outcome
        self.errorCode = errorCode
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.gas = gas
        self.programVersion = programVersion
        self.timingsUs = timingsUs
        self.counters = counters
        self.accessedPages = accessedPages
        self.writeAccessedPages = writeAccessedPages
        self.origin = origin
    }
}
