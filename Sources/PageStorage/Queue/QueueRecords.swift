/// One life of a server: from its registration until it says good-bye, or until its lease has run out. 16 bytes, a UUIDv7.
public struct ServerID: Hashable, Sendable {
    public let bytes: [UInt8]

    /// - Precondition: exactly 16 bytes.
    public init(bytes: [UInt8]) {
        precondition(bytes.count == 16, "a server's id has 16 bytes")
        self.bytes = bytes
    }
}

/// A job to be accepted.
public struct PostedJob: Sendable {
    /// A UUIDv7 in its textual form.
    public var id: String
    /// The program's id and its key: both must still belong together.
    public var program: String
    public var key: ProgramKey
    /// What is needed to run the job: bytes that the storage keeps as they are.
    public var request: [UInt8]
    public var idempotency: IdempotencyKey?
    /// Where the job's end is to be told.
    public var callbackURL: String?
    public var intent: Intent

    /// Whether the accepting server would run the job itself.
    public enum Intent: Sendable, Equatable {
        /// No: whoever has a worker free takes it.
        case leave
        /// Yes, if no other server holds the program's lane.
        case take
        /// Yes: the server holds the lane, and knew this `posted` of it. If it has another by now, others have posted jobs
        /// that come first, and the job waits behind them.
        case hold(posted: Int64)
    }

    public init(
        id: String, program: String, key: ProgramKey, request: [UInt8], idempotency: IdempotencyKey? = nil,
        callbackURL: String? = nil, intent: Intent
    ) {
        self.id = id
        self.program = program
        self.key = key
        self.request = request
        self.idempotency = idempotency
        self.callbackURL = callbackURL
        self.intent = intent
    }
}

/// What makes a request recognizable when it is sent again.
public struct IdempotencyKey: Hashable, Sendable {
    public var key: String
    /// The same for the same request, as a rule a hash of it.
    public var fingerprint: [UInt8]
    /// How long the key is kept, in milliseconds.
    public var keptMs: Int64

    public init(key: String, fingerprint: [UInt8], keptMs: Int64) {
        self.key = key
        self.fingerprint = fingerprint
        self.keptMs = keptMs
    }
}

/// What became of a job that was to be accepted.
public enum PostedOutcome: Sendable, Equatable {
    /// Durable, and held by no server: it waits until one claims it.
    case waiting(Acceptance)
    /// Durable, and claimed by the accepting server, which holds the program's lane as of `posted`.
    case claimed(Acceptance, posted: Int64)
    /// The key is known, with the same request: the job that was accepted then.
    case repeated(job: String)
    /// The key is known, with another request.
    case keyReused
    /// There is no program with this id and key (any more).
    case programGone

    public struct Acceptance: Sendable, Equatable {
        /// Jobs of one program run in this order.
        public var position: Int64
        /// By the storage's clock, in milliseconds since 1970.
        public var acceptedAt: Int64

        public init(position: Int64, acceptedAt: Int64) {
            self.position = position
            self.acceptedAt = acceptedAt
        }
    }
}

/// A job that was accepted and has not ended.
public struct QueuedJob: Sendable, Equatable {
    public var id: String
    public var program: String
    public var key: ProgramKey
    public var request: [UInt8]
    public var position: Int64
    /// By the storage's clock, in milliseconds since 1970.
    public var acceptedAt: Int64
    /// When it began to run, as its server said last; nil if it is not known to run.
    public var startedAt: Int64?
    /// How often it was begun and came to no end, as far as that was counted.
    public var attempts: Int
    /// A server ended while the job was the first of its program there: the job may be what ended it, so that its next
    /// begin is to be counted beforehand.
    public var isSuspect: Bool

    public init(
        id: String, program: String, key: ProgramKey, request: [UInt8], position: Int64, acceptedAt: Int64,
        startedAt: Int64? = nil, attempts: Int = 0, isSuspect: Bool = false
    ) {
        self.id = id
        self.program = program
        self.key = key
        self.request = request
        self.position = position
        self.acceptedAt = acceptedAt
        self.startedAt = startedAt
        self.attempts = attempts
        self.isSuspect = isSuspect
    }
}

/// Jobs of one program that a server has claimed, with the program's lane.
public struct ClaimedLane: Sendable, Equatable {
    public var key: ProgramKey
    /// Another number after each post from outside the lane; see `PostedJob.Intent.hold`.
    public var posted: Int64
    /// In the order in which they run.
    public var jobs: [QueuedJob]
    /// There are more, to be claimed when these have run.
    public var hasMore: Bool

    public init(key: ProgramKey, posted: Int64, jobs: [QueuedJob], hasMore: Bool) {
        self.key = key
        self.posted = posted
        self.jobs = jobs
        self.hasMore = hasMore
    }
}

/// The servers on the storage, but for one that asks.
public struct OtherServers: Sendable, Equatable {
    /// How many have a lease that runs.
    public var count: Int
    /// How many of them have a worker free and nothing to do.
    public var idle: Int

    public init(count: Int = 0, idle: Int = 0) {
        self.count = count
        self.idle = idle
    }
}

/// What a server learns when it renews its lease.
public struct LeaseRenewal: Sendable, Equatable {
    /// False: the lease had run out, and what the server held is free. It must begin anew with another id.
    public var isAlive: Bool
    /// The storage's clock, in milliseconds since 1970.
    public var now: Int64
    /// Jobs that were said to run and are not the server's any more: cancelled, claimed by another, or just ended.
    public var lost: [String]
    public var others: OtherServers
    /// Jobs accepted and not ended, of all programs.
    public var queued: Int
    /// When the job was accepted that has waited longest of those that no server has claimed, in milliseconds since 1970; nil
    /// if there is none.
    public var oldestUnclaimed: Int64?

    public init(
        isAlive: Bool, now: Int64, lost: [String], others: OtherServers, queued: Int,
        oldestUnclaimed: Int64? = nil
    ) {
        self.isAlive = isAlive
        self.now = now
        self.lost = lost
        self.others = others
        self.queued = queued
        self.oldestUnclaimed = oldestUnclaimed
    }
}
