import Callbacks
import Pages

/// What the API says about the service, and the bounds it holds requests to.
public struct APIConfiguration: Sendable {
    /// The service's version.
    public var version: String
    /// `sqlite` or `postgresql`.
    public var storageKind: String
    /// What each kind of page access costs.
    public var costs: PageCosts
    /// Of the weights by which instructions are charged.
    public var weightsVersion: Int
    public var limits: Limits
    public var events = Events()
    /// Where jobs' callbacks may go: nowhere, unless hosts are allowed.
    public var callbacks = CallbackPolicy()

    public init(version: String, storageKind: String, costs: PageCosts, weightsVersion: Int, limits: Limits = Limits())
    {
        self.version = version
        self.storageKind = storageKind
        self.costs = costs
        self.weightsVersion = weightsVersion
        self.limits = limits
    }

    /// How streams of events are kept up.
    public struct Events: Sendable {
        /// How long a stream is silent at most.
        public var keepAlive = Duration.seconds(15)
        /// Between two questions to the storage for jobs that have ended.
        public var interval = Duration.milliseconds(100)
        /// How much later than its mark an end may be seen.
        public var lateness = Duration.seconds(5)

        public init() {}
    }

    public struct Limits: Sendable {
        /// The largest gas limit of a job: the largest integer that every JSON client keeps exact.
        public static let largestGas: UInt64 = (1 << 53) - 1

        /// The largest module, in bytes.
        public var moduleBytes = 16 << 20
        /// The largest memory of a program, in WebAssembly pages.
        public var memoryPages: UInt32 = 8192
        /// The largest payload of a job, in bytes.
        public var payloadBytes = 1 << 20
        /// The gas limit of a job that names none.
        public var defaultGas: UInt64 = 1_000_000_000
        /// The time-out of a job that names none, in milliseconds.
        public var defaultTimeoutMs: UInt64 = 10_000
        /// The longest time-out that a job may ask for, in milliseconds.
        public var largestTimeoutMs: UInt64 = 600_000
        /// Jobs and uploads that may wait; the scheduler holds to it.
        public var waitingJobs = 100_000
        /// Jobs of one program that may wait; the scheduler holds to it.
        public var waitingJobsPerProgram = 10_000
        /// Jobs of one batch.
        public var batchJobs = 1000
        /// How long the answer to posted jobs waits for their ends, unless less is asked for.
        public var longestWaitSeconds = 3600
        /// How long the answer to a question for a job waits for its end if it is asked to.
        public var longestPollSeconds = 60
        /// How long an idempotency key is kept, in milliseconds.
        public var idempotencyMs: Int64 = 24 * 3600 * 1000

        /// The largest body of a job. Text may be escaped, up to six bytes for one; the rest of a job is small.
        var submissionBytes: Int { payloadBytes * 6 + (64 << 10) }

        /// The largest body of a batch: one job of any size, or many with some kilobytes each.
        var batchBytes: Int { max(submissionBytes, 16 << 20) }

        public init() {}
    }
}
