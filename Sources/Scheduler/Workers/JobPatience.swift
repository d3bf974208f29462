import WorkerProtocol

/// How long a worker that has a job is waited for, by the stage in which it is.
struct JobPatience {
    /// Of the job.
    let timeout: Duration
    let limits: WorkerLimits

    /// However short the time-out of a job is, its worker is not looked after more often.
    private static let shortestWait = Duration.milliseconds(5)

    /// - Returns: how long to wait for an answer before looking at the worker again.
    /// - Throws: what is wrong with a worker that has been in the stage for so long.
    func wait(_ stage: JobProgress.Stage, for elapsed: Duration) throws(WorkerFailure) -> Duration {
        let left = limit(of: stage) - elapsed
        guard left > .zero else { throw overdue(stage) }
        if case .running = stage { return left }
        // The program may begin at any time.
        return min(left, max(timeout, Self.shortestWait))
    }

    private func limit(of stage: JobProgress.Stage) -> Duration {
        switch stage {
        case .loading: limits.load
        case .running(let factor): timeout * factor
        case .storing: limits.store
        }
    }

    private func overdue(_ stage: JobProgress.Stage) -> WorkerFailure {
        switch stage {
        case .loading: .overdue(to: "load the program", limits.load)
        case .running: .timedOut
        case .storing: .overdue(to: "store the job", limits.store)
        }
    }
}
