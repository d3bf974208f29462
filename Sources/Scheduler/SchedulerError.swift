import PageStorage

/// Why jobs or an upload were not taken, or an upload could not be finished.
public enum SchedulerError: Error, Sendable, Equatable {
    /// Try again after so many seconds.
    case tooManyJobs(retryAfter: Int)
    case shuttingDown
    /// The jobs could not be written, or nobody knows whether they were.
    case storage(StorageError)
    /// An upload's worker died; says how.
    case workerCrashed(String)
    /// To look at an upload took more memory than a worker may have.
    case memoryExceeded
    /// An upload took longer than this many milliseconds to look at.
    case timedOut(milliseconds: UInt64)
}
