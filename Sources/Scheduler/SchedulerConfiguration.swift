import Foundation

/// How the scheduler is to work.
public struct SchedulerConfiguration: Sendable {
    /// Worker processes, each running one job at a time.
    public var workers: Int
    /// How many of the workers have jobs that are done in no time: as many as can compute at once.
    public var quickWorkers = ProcessInfo.processInfo.activeProcessorCount
    /// Jobs that may wait, whichever server accepted them, and uploads; one more is refused.
    public var waitingLimit: Int
    /// Jobs of one program that may wait; one more is refused.
    public var waitingLimitPerProgram: Int
    /// A worker is replaced after this many jobs.
    public var jobsPerWorker: Int
    /// How many bytes of memory a worker may have for itself; one with more is replaced, and its job tried again. Nil is any
    /// number.
    public var workerMemory: UInt64?
    /// How long what a server holds stays its own when nothing is heard of it.
    public var lease: Duration
    /// How long jobs that have ended are kept; nil for ever.
    public var keptJobs: Duration?
    /// A job that ends its worker so many times has failed.
    public var attemptLimit = 3
    /// The program to start as a worker, with its arguments: this executable and its `worker` subcommand.
    public var workerCommand: [String]
    /// What workers have in their environment other than this process; nil is for what they do not have.
    public var workerEnvironment: [String: String?] = [:]
    public var limits = WorkerLimits()

    public init(
        workers: Int, waitingLimit: Int = 100_000, waitingLimitPerProgram: Int = 10_000, jobsPerWorker: Int = 10_000,
        workerMemory: UInt64? = nil, lease: Duration = .seconds(10), keptJobs: Duration? = nil, workerCommand: [String]
    ) {
        self.workers = workers
        self.waitingLimit = waitingLimit
        self.waitingLimitPerProgram = waitingLimitPerProgram
        self.jobsPerWorker = jobsPerWorker
        self.workerMemory = workerMemory
        self.lease = lease
        self.keptJobs = keptJobs
        self.workerCommand = workerCommand
    }
}

/// How long a worker may take for what is not the execution of a program: that has its job's own time-out.
/// A worker that takes longer is taken for broken, and replaced.
public struct WorkerLimits: Sendable {
    /// From its start until it is ready.
    public var start: Duration = .seconds(30)
    /// From a job's arrival until its program begins: reading the program, compiling it, waiting for the storage.
    public var load: Duration = .seconds(60)
    /// From the end of a job's program until the job is stored and answered.
    public var store: Duration = .seconds(60)
    /// Looking at an upload.
    public var inspect: Duration = .seconds(60)
    /// From the end of its connection until its end.
    public var end: Duration = .seconds(2)

    public init() {}
}
