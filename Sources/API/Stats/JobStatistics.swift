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

    private struct State {
        var all = SlidingTally()
        var programs: ProgramBook
        /// The slice of the hour in which it was looked last which programs have had no job for an hour.
        var lookedIn = 0
    }

    private let state: Mutex<State>
    private let uptime: @Sendable () -> Duration

    static let listedPrograms = 10
    static let listedPages = 32

    /// - Parameters:
    ///   - programLimit: how many programs are kept apart.
    ///   - pageLimit: how many pages are counted, of all programs together.
    ///   - uptime: since the service's start, by a clock that never goes back.
    init(programLimit: Int = 10_000, pageLimit: Int = 1 << 20, uptime: @escaping @Sendable () -> Duration) {
        state = Mutex(State(programs: ProgramBook(programLimit: programLimit, pageLimit: pageLimit)))
        self.uptime = uptime
    }

    /// How many programs are kept apart at this moment, in how many slices of time, and counts of how many pages.
    var size: (programs: Int, slices: Int, pages: Int) {
        state.withLock { ($0.programs.ids.count, $0.programs.sliceCount, $0.programs.pageCount) }
    }

    /// Counts a job that came to its end.
    func observe(_ job: JobSummary) {
        state.withLock { state in
            let now = uptime()
            let slice = StatsWindow.hour.slice(at: now)
            if slice != state.lookedIn {
                state.lookedIn = slice
                state.programs.forgetIdle(at: now)
            }
            state.all.add(job, at: now)
            state.programs.add(job, at: now)
        }
    }

    /// What the windows hold of all jobs.
    func windows() -> [StatsWindow: Window] {
        state.withLock { state in
            windows(state.all, at: uptime()) { window, slice in
                state.programs.busiest(Self.listedPrograms, in: window, slice: slice)
            }
        }
    }

    /// What the windows hold of one program's jobs, and its pages that most of them touched.
    func windows(of id: String) -> (windows: [StatsWindow: Window], hottestPages: [PageHeat.Page]) {
        state.withLock { state in
            let now = uptime()
            let program = state.programs[id] ?? ProgramBook.Program()
            let windows = windows(program.tally, at: now) { window, slice in
                let load = program.tally.load(of: window, in: slice)
                return load.jobs > 0 ? [ProgramLoad(program: id, jobs: load.jobs, gasBurned: load.gasBurned)] : []
            }
            return (windows, program.heat.hottest(Self.listedPages, at: now))
        }
    }

    private func windows(
        _ tally: SlidingTally, at now: Duration, programs: (StatsWindow, Int) -> [ProgramLoad]
    ) -> [StatsWindow: Window] {
        var windows: [StatsWindow: Window] = [:]
        for window in StatsWindow.allCases {
            let slice = window.slice(at: now)
            windows[window] = Window(
                seconds: window.seconds(at: now), tally: tally.sum(of: window, in: slice),
                programs: programs(window, slice))
        }
        return windows
    }
}
