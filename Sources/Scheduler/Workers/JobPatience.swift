import WorkerProtocol

/// How long a worker that has jobs is waited for, by the stage in which it is with the one that it has begun last.
struct JobPatience {
    let limits: WorkerLimits
    /// The longest of the jobs that it has begun and not answered.
    var timeout = Duration.zero
    /// Jobs that it has not begun, or not answered, beside the one that it is with.
    var holdsOthers = false

    /// However short the time-out of a job is, its worker is not looked after more often.
    private static let shortestWait = Duration.milliseconds(5)
    /// Jobs share a worker as long as each is done in no time. After the first of these what is not begun goes to other
    /// workers, after the second all begin again by themselves.
    static let others = Duration.milliseconds(10)
    static let othersAtMost = Duration.milliseconds(250)

    /// - Returns: how long to wait for an answer before looking at the worker again.
    /// - Throws: what is wrong with a worker that has been in the stage for so long.
    func wait(_ stage: JobProgress.Stage, for elapsed: Duration) throws(WorkerFailure) -> Duration {
        let left = limit(of: stage) - elapsed
        guard left > .zero else { throw overdue(stage) }
        if stage != .storing, holdsOthers {
            guard elapsed < Self.othersAtMost else { throw .holdsUpOthers }
            return min(left, elapsed < Self.others ? Self.others - elapsed : Self.othersAtMost - elapsed)
        }
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
