import WorkerProtocol

/// What jobs came to in each window.
struct SlidingTally {
    /// One window's jobs, in slices that fall off its end one by one.
    private struct Slices {
        /// Those with jobs, in the order of time.
        var slices: [(number: Int, tally: JobTally)] = []

        mutating func add(_ job: JobSummary, to number: Int) {
            if slices.last?.number != number {
                slices.removeAll { $0.number < number - StatsWindow.slices }
                slices.append((number, JobTally()))
            }
            slices[slices.count - 1].tally.add(job)
        }

        func held(at number: Int) -> some Sequence<(number: Int, tally: JobTally)> {
            slices.lazy.filter { $0.number >= number - StatsWindow.slices }
        }
    }

    private var minute = Slices()
    private var fiveMinutes = Slices()
    private var hour = Slices()

    /// - Parameter now: since the service's start, never less than before.
    mutating func add(_ job: JobSummary, at now: Duration) {
        minute.add(job, to: StatsWindow.minute.slice(at: now))
        fiveMinutes.add(job, to: StatsWindow.fiveMinutes.slice(at: now))
        hour.add(job, to: StatsWindow.hour.slice(at: now))
    }

    var sliceCount: Int { minute.slices.count + fiveMinutes.slices.count + hour.slices.count }

    private func slices(of window: StatsWindow) -> Slices {
        switch window {
        case .minute: minute
        case .fiveMinutes: fiveMinutes
        case .hour: hour
        }
    }

    /// All that the window holds.
    func sum(of window: StatsWindow, at now: Duration) -> JobTally {
        var sum = JobTally()
        for slice in slices(of: window).held(at: window.slice(at: now)) { sum.add(slice.tally) }
        return sum
    }

    /// How many jobs the window holds, and the gas that they burned.
    func load(of window: StatsWindow, at now: Duration) -> (jobs: Int, gasBurned: Double) {
        var load = (jobs: 0, gasBurned: 0.0)
        for slice in slices(of: window).held(at: window.slice(at: now)) {
            load.jobs += slice.tally.jobs
            load.gasBurned += slice.tally.gasBurned
        }
        return load
    }

    /// Whether no window holds any job.
    func isEmpty(at now: Duration) -> Bool { hour.held(at: StatsWindow.hour.slice(at: now)).first { _ in true } == nil }
}
