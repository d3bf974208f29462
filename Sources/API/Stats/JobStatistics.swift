import Synchronization
import WorkerProtocol

/// What jobs of this server came to lately: all together, and by program.
///
/// Its memory is bounded whatever is posted: jobs of more programs than are kept apart count with all, and pages that there
/// is no room for are not counted.
final class JobStatistics: Sendable {
    struct ProgramLoad: Encodable, Equatable {
        var program: String
        var jobs: Int
        var gasBurned: Double
    }

    /// What one window holds.
    struct Window {
        var seconds: Double
        var tally: JobTally
        /// The programs with most jobs, those first.
        var programs: [ProgramLoad]
    }

    private struct Program {
        var tally = SlidingTally()
        var heat = PageHeat()

        /// - Parameter room: how many counts of pages more may be kept.
        /// - Returns: how many more are kept.
        mutating func add(_ job: JobSummary, room: Int, at now: Duration) -> Int {
            tally.add(job, at: now)
            let before = heat.count
            heat.add(job, room: before + room, at: now)
            return heat.count - before
        }
    }

    private struct State {
        var all = SlidingTally()
        var programs: [String: Program] = [:]
        /// Of all programs.
        var countedPages = 0
        /// The slice of the hour in which it was looked last which programs have had no job for an hour.
        var lookedIn = 0
    }

    private let state = Mutex(State())
    private let programLimit: Int
    private let pageLimit: Int
    private let uptime: @Sendable () -> Duration

    static let listedPrograms = 10
    static let listedPages = 32

    /// - Parameters:
    ///   - programLimit: how many programs are kept apart.
    ///   - pageLimit: how many pages are counted, of all programs together.
    ///   - uptime: since the service's start, by a clock that never goes back.
    init(programLimit: Int = 10_000, pageLimit: Int = 1 << 20, uptime: @escaping @Sendable () -> Duration) {
        self.programLimit = programLimit
        self.pageLimit = pageLimit
        self.uptime = uptime
    }

    /// How many programs are kept apart at this moment, in how many slices of time, and counts of how many pages.
    var size: (programs: Int, slices: Int, pages: Int) {
        state.withLock { state in
            let slices = state.programs.values.reduce(0) { $0 + $1.tally.sliceCount }
            return (state.programs.count, slices, state.countedPages)
        }
    }

    /// Counts a job that came to its end.
    func observe(_ job: JobSummary) {
        state.withLock { state in
            let now = uptime()
            forgetIdle(&state, at: now)
            state.all.add(job, at: now)
            guard state.programs.count < programLimit || state.programs[job.program] != nil else { return }
            let room = pageLimit - state.countedPages
            state.countedPages += state.programs[job.program, default: Program()].add(job, room: room, at: now)
        }
    }

    private func forgetIdle(_ state: inout State, at now: Duration) {
        let slice = StatsWindow.hour.slice(at: now)
        guard slice != state.lookedIn else { return }
        state.lookedIn = slice
        state.programs = state.programs.filter { !$0.value.tally.isEmpty(at: now) }
        state.countedPages = state.programs.values.reduce(0) { $0 + $1.heat.count }
    }

    /// What the windows hold of all jobs.
    func windows() -> [StatsWindow: Window] {
        state.withLock { state in
            let now = uptime()
            return windows(state.all, at: now) { window in
                var top = TopPrograms(limit: Self.listedPrograms)
                for (id, program) in state.programs {
                    let load = program.tally.load(of: window, at: now)
                    if load.jobs > 0 { top.add(id, load) }
                }
                return top.programs
            }
        }
    }

    /// What the windows hold of one program's jobs, and its pages that most of them touched.
    func windows(of id: String) -> (windows: [StatsWindow: Window], hottestPages: [PageHeat.Page]) {
        state.withLock { state in
            let now = uptime()
            let program = state.programs[id] ?? Program()
            let windows = windows(program.tally, at: now) { window in
                let load = program.tally.load(of: window, at: now)
                return load.jobs > 0 ? [ProgramLoad(program: id, jobs: load.jobs, gasBurned: load.gasBurned)] : []
            }
            return (windows, program.heat.hottest(Self.listedPages, at: now))
        }
    }

    private func windows(
        _ tally: SlidingTally, at now: Duration, programs: (StatsWindow) -> [ProgramLoad]
    ) -> [StatsWindow: Window] {
        var windows: [StatsWindow: Window] = [:]
        for window in StatsWindow.allCases {
            windows[window] = Window(
                seconds: window.seconds(at: now), tally: tally.sum(of: window, at: now), programs: programs(window))
        }
        return windows
    }
}

/// The programs with most jobs, of all that are added.
private struct TopPrograms {
    let limit: Int
    private(set) var programs: [JobStatistics.ProgramLoad] = []

    init(limit: Int) { self.limit = limit }

    mutating func add(_ id: String, _ load: (jobs: Int, gasBurned: Double)) {
        if programs.count == limit, let last = programs.last, load.jobs < last.jobs { return }
        let program = JobStatistics.ProgramLoad(program: id, jobs: load.jobs, gasBurned: load.gasBurned)
        let place = programs.firstIndex { Self.isBefore(program, $0) } ?? programs.count
        guard place < limit else { return }
        programs.insert(program, at: place)
        if programs.count > limit { programs.removeLast() }
    }

    private static func isBefore(_ left: JobStatistics.ProgramLoad, _ right: JobStatistics.ProgramLoad) -> Bool {
        (right.jobs, right.gasBurned, left.program) < (left.jobs, left.gasBurned, right.program)
    }
}
