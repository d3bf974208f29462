import Foundation

/// What is kept of jobs that have ended, and who is to be told of it.
public protocol EndedJobStorage: AnyObject {
    /// Jobs in the order in which the storage noted their ends, those behind `mark`.
    ///
    /// An end is noted when it is written and seen when its transaction is done: one of the last seconds may be seen later
    /// than others that are behind it. Whoever wants all asks from a little earlier, and leaves out what is known.
    /// - Parameter program: nil for all programs.
    func endedJobs(of program: String?, after mark: EndMark, limit: Int) throws(StorageError) -> [EndedJob]

    /// Those of the jobs that have ended, in any order.
    func endedJobs(among ids: [String]) throws(StorageError) -> [JobRecord]

    /// The mark of a job's end; nil if it has not ended, or is kept no longer.
    func endMark(of job: String) throws(StorageError) -> EndMark?

    /// Removes jobs that ended before a time by the storage's clock, the oldest first, and idempotency keys that are over.
    /// - Parameters:
    ///   - ageMs: how old an end must be.
    ///   - limit: how many jobs at most.
    /// - Returns: how many jobs were removed.
    func removeEndedJobs(olderThanMs ageMs: Int64, limit: Int) throws(StorageError) -> Int

    /// Takes callbacks whose time has come. Each comes back after `leaseMs`, unless it is settled before.
    func claimCallbacks(limit: Int, leaseMs: Int64) throws(StorageError) -> [DueCallback]

    /// Notes how the delivery of a callback went.
    /// - Parameters:
    ///   - retryAfterMs: when to try again; nil if that was the last try.
    func settleCallback(of job: String, _ attempt: CallbackAttempt, retryAfterMs: Int64?) throws(StorageError)

    /// Nil if the job has none.
    func callback(of job: String) throws(StorageError) -> CallbackRecord?
}

/// A place in the order of ends.
public struct EndMark: Sendable, Hashable, Comparable {
    /// By the storage's clock, in milliseconds since 1970.
    public var endedAt: Int64
    /// Tells apart the ends of one millisecond; empty is before all of them.
    public var job: String

    public init(endedAt: Int64, job: String) {
        self.endedAt = endedAt
        self.job = job
    }

    public static func < (left: EndMark, right: EndMark) -> Bool {
        (left.endedAt, left.job) < (right.endedAt, right.job)
    }
}

public struct EndedJob: Sendable, Equatable {
    public var mark: EndMark
    public var record: JobRecord

    public init(mark: EndMark, record: JobRecord) {
        self.mark = mark
        self.record = record
    }
}

/// A callback to be delivered now.
public struct DueCallback: Sendable, Equatable {
    public var job: String
    public var url: String
    /// Tries before this one.
    public var attempts: Int
    /// The job as it ended.
    public var document: [UInt8]

    public init(job: String, url: String, attempts: Int, document: [UInt8]) {
        self.job = job
        self.url = url
        self.attempts = attempts
        self.document = document
    }
}

/// How a try to deliver a callback went.
public struct CallbackAttempt: Sendable, Equatable {
    /// The status that the receiver answered; nil if it did not.
    public var status: Int?
    /// Why the try failed; nil if it did not.
    public var failure: String?

    public init(status: Int?, failure: String?) {
        self.status = status
        self.failure = failure
    }
}

/// A job's callback as it stands.
public struct CallbackRecord: Sendable, Equatable {
    public enum State: String, Sendable {
        /// The job has not ended, or the next try is to come.
        case waiting
        case delivered
        /// The last try failed.
        case failed
    }

    public var url: String
    public var state: State
    public var attempts: Int
    public var lastAttempt: CallbackAttempt?

    public init(url: String, state: State, attempts: Int, lastAttempt: CallbackAttempt?) {
        self.url = url
        self.state = state
        self.attempts = attempts
        self.lastAttempt = lastAttempt
    }
}

extension EndMark {
    /// The mark as both storages order ends: by time, then by the 16 bytes of the job's id.
    var place: (time: Int64, job: [UInt8]) {
        (endedAt, UUID(uuidString: job)?.bytes ?? [UInt8](repeating: 0, count: 16))
    }
}

extension CallbackAttempt {
    /// What a callback is after this attempt.
    func state(retryAfterMs: Int64?) -> CallbackRecord.State {
        if failure == nil { return .delivered }
        return retryAfterMs == nil ? .failed : .waiting
    }
}

extension CallbackRecord {
    /// A callback as its row says it.
    init(url: String, state: String, attempts: Int, status: Int?, failure: String?) {
        self.init(
            url: url, state: State(rawValue: state) ?? .waiting, attempts: attempts,
            lastAttempt: attempts == 0 ? nil : CallbackAttempt(status: status, failure: failure))
    }
}
