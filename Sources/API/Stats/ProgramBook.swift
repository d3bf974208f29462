import WorkerProtocol

/// What jobs came to lately, program by program. Programs that have had no job for long are forgotten when they are looked
/// for.
struct ProgramBook {
    struct Program {
        var tally = SlidingTally()
        var heat = PageHeat()
    }

    private(set) var ids: [String] = []
    /// In the order of `ids`: one after another in memory, since lists of the busiest look at all of them.
    private var programs: [Program] = []
    private var places: [String: Int] = [:]
    /// Counts of pages, of all programs.
    private(set) var pageCount = 0

    let programLimit: Int
    let pageLimit: Int

    /// - Parameters:
    ///   - programLimit: how many programs are kept apart.
    ///   - pageLimit: how many pages are counted, of all programs together.
    init(programLimit: Int, pageLimit: Int) {
        self.programLimit = programLimit
        self.pageLimit = pageLimit
    }

    var sliceCount: Int { programs.reduce(0) { $0 + $1.tally.sliceCount } }

    subscript(id: String) -> Program? { places[id].map { programs[$0] } }

    mutating func add(_ job: JobSummary, at now: Duration) {
        guard let place = place(of: job.program) else { return }
        programs[place].tally.add(job, at: now)
        let before = programs[place].heat.count
        programs[place].heat.add(job, room: before + pageLimit - pageCount, at: now)
        pageCount += programs[place].heat.count - before
    }

    /// - Returns: nil for a program that there is no room for.
    private mutating func place(of id: String) -> Int? {
        if let place = places[id] { return place }
        guard programs.count < programLimit else { return nil }
        places[id] = programs.count
        ids.append(id)
        programs.append(Program())
        return programs.count - 1
    }

    /// Forgets programs that no window holds a job of.
    mutating func forgetIdle(at now: Duration) {
        let kept = zip(ids, programs).filter { !$0.1.tally.isEmpty(at: now) }
        ids = kept.map(\.0)
        programs = kept.map(\.1)
        places = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
        pageCount = programs.reduce(0) { $0 + $1.heat.count }
    }

    /// The programs with most jobs in a window, those first.
    /// - Parameter slice: the window's that is under way.
    func busiest(_ count: Int, in window: StatsWindow, slice: Int) -> [JobStatistics.ProgramLoad] {
        var top: [(load: JobLoad, place: Int)] = []
        programs.withUnsafeBufferPointer { programs in
            for place in programs.indices {
                let load = programs[place].tally.load(of: window, in: slice)
                if load.jobs == 0 || (top.count == count && load.jobs <= top[count - 1].load.jobs) { continue }
                top.insert((load, place), at: top.firstIndex { $0.load.jobs < load.jobs } ?? top.count)
                if top.count > count { top.removeLast() }
            }
        }
        return top.map { .init(program: ids[$0.place], jobs: $0.load.jobs, gasBurned: $0.load.gasBurned) }
    }
}
