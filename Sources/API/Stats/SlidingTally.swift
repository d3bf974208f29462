import WorkerProtocol

/// What jobs came to in each window.
struct SlidingTally {
    private var minute = Slices()
    private var fiveMinutes = Slices()
    private var hour = Slices()

    /// - Parameter now: since the service's start, never less than before.
    mutating func add(_ job: JobSummary, at now: Duration) {
        minute.add(job, to: StatsWindow.minute.slice(at: now))
        fiveMinutes.add(job, to: StatsWindow.fiveMinutes.slice(at: now))
        hour.add(job, to: StatsWindow.hour.slice(at: now))
    }

    var sliceCount: Int { minute.count + fiveMinutes.count + hour.count }

    /// All that the window holds.
    /// - Parameter slice: the window's that is under way.
    func sum(of window: StatsWindow, in slice: Int) -> JobTally {
        switch window {
        case .minute: minute.sum(in: slice)
        case .fiveMinutes: fiveMinutes.sum(in: slice)
        case .hour: hour.sum(in: slice)
        }
    }

    /// How many jobs the window holds, and the gas that they burned.
    /// - Parameter slice: the window's that is under way.
    func load(of window: StatsWindow, in slice: Int) -> JobLoad {
        switch window {
        case .minute: minute.load(in: slice)
        case .fiveMinutes: fiveMinutes.load(in: slice)
        case .hour: hour.load(in: slice)
        }
    }

    /// Whether no window holds any job.
    func isEmpty(at now: Duration) -> Bool { hour.load(in: StatsWindow.hour.slice(at: now)).jobs == 0 }
}

struct JobLoad {
    var jobs = 0
    var gasBurned = 0.0
}

/// One window's jobs, in slices of time that fall off its end one by one.
private struct Slices {
    /// Those with jobs, in the order of time.
    private var slices: [(number: Int, tally: JobTally)] = []
    /// Of all of them: the numbers and the load are asked for of every program.
    private var oldest = 0
    private var newest = 0
    private var load = JobLoad()

    var count: Int { slices.count }

    mutating func add(_ job: JobSummary, to number: Int) {
        if slices.isEmpty || newest != number { begin(number) }
        slices[slices.count - 1].tally.add(job)
        load.jobs += 1
        load.gasBurned += Double(job.gas.burned)
    }

    private mutating func begin(_ number: Int) {
        slices.removeAll { $0.number < number - StatsWindow.slices }
        load = heldLoad(in: number)
        slices.append((number, JobTally()))
        oldest = slices[0].number
        newest = number
    }

    private func held(in number: Int) -> some Sequence<(number: Int, tally: JobTally)> {
        slices.lazy.filter { $0.number >= number - StatsWindow.slices }
    }

    func sum(in number: Int) -> JobTally {
        var sum = JobTally()
        for slice in held(in: number) { sum.add(slice.tally) }
        return sum
    }

    func load(in number: Int) -> JobLoad {
        let first = number - StatsWindow.slices
        if newest < first { return JobLoad() }
        return oldest >= first ? load : heldLoad(in: number)
    }

    private func heldLoad(in number: Int) -> JobLoad {
        held(in: number).reduce(into: JobLoad()) { load, slice in
            load.jobs += slice.tally.jobs
            load.gasBurned += slice.tally.gasBurned
        }
    }
}
