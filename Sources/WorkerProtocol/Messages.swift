import Foundation

/// What the server sends to a worker.
public enum WorkerCommand: Sendable {
    /// Run jobs of different programs, one after another, say in `JobProgress` how far they are, store their outcomes, and
    /// answer `WorkerAnswer.job` for each that was begun.
    case run([JobOrder])
    /// Look at an upload; answers `WorkerAnswer.module` or `WorkerAnswer.refused`.
    case inspect(code: Data, isText: Bool)
}

/// What a worker sends to the server.
public enum WorkerAnswer: Sendable {
    /// Sent once, when the worker can take its first command.
    case ready
    /// The job came to its end, or failed.
    case job(JobReport, JobKeeping)
    /// The upload can be run.
    case module(InspectedModule)
    case refused(ModuleRefusal)
}

/// Where a job that has come to its end is.
public enum JobKeeping: String, Codable, Sendable {
    /// The storage holds it.
    case recorded
    /// The storage does not hold it, or nobody knows whether it does.
    case unrecorded
    /// Nothing of it was stored: it is not the server's any more, and goes on elsewhere.
    case claimLost
}

/// A job for a worker.
public struct JobOrder: Sendable {
    public var request: StoredRequest
    public var terms: RunTerms

    public init(_ request: StoredRequest, _ terms: RunTerms) {
        self.request = request
        self.terms = terms
    }
}

/// What a worker is told of a job beside its request.
public struct RunTerms: Sendable, Equatable {
    /// How long the job waited for this worker, in microseconds; it belongs into the job's timings.
    public var queuedUs: UInt64
    /// The id, 16 bytes, of the server that has claimed the job: without the claim nothing of the job is stored. Nil for a
    /// job that was never queued.
    public var claim: Data?
    /// How far the clock that the times of jobs go by is ahead of this machine's, in milliseconds.
    public var clockAheadMs: Int64
    /// The version in which the server's last job of the program left it, as far as the server knows; nil if it does not.
    public var knownVersion: Int64?

    public init(queuedUs: UInt64, claim: Data?, clockAheadMs: Int64 = 0, knownVersion: Int64? = nil) {
        self.knownVersion = knownVersion
        self.queuedUs = queuedUs
        self.claim = claim
        self.clockAheadMs = clockAheadMs
    }

    /// The time by that clock.
    public func now() -> Timestamp { Timestamp(milliseconds: Timestamp.now().milliseconds + clockAheadMs) }
}
