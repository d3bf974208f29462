import PageStorage

/// The lanes that this server holds: the programs whose jobs it runs, and nobody else.
///
/// A pure value; who calls it keeps it to one thread at a time.
struct LaneBook {
    private struct Lane {
        /// Tells this time of holding the lane from earlier ones.
        let number: Int
        /// How often others had posted to it when it was looked at last.
        var posted: Int64
        /// Jobs of it wait in the storage.
        var hasMore: Bool
        /// Jobs that are claimed: waiting here, or running.
        var jobs = 0
        /// The program's version after the last job of it that has ended here; nil where that is not known.
        var version: Int64?
        /// Its last jobs were posted to other servers: it had better become one of theirs.
        var isForeign = false
        /// Since when there has been nothing to do.
        var idleSince: ContinuousClock.Instant?
    }

    private var lanes: [ProgramKey: Lane] = [:]
    private var lastNumber = 0
    /// Lanes with more jobs in the storage and few here.
    private var wanting: Set<ProgramKey> = []

    /// A lane gets more jobs when no more than so many are left.
    private static let fewJobs = 2
    /// More jobs of one lane than that wait in the storage and not here.
    static let jobLimit = 256

    var count: Int { lanes.count }
    var keys: [ProgramKey] { Array(lanes.keys) }

    /// What a job that is posted now is to be: it may be claimed if nothing of its lane waits in the storage.
    /// - Parameter mayTake: whether a lane that is not held may be taken.
    func intent(for key: ProgramKey, mayTake: Bool) -> PostedJob.Intent {
        guard let lane = lanes[key] else { return mayTake ? .take : .leave }
        return lane.hasMore || lane.jobs >= Self.jobLimit ? .leave : .hold(posted: lane.posted)
    }

    /// How many jobs of the program wait or run here; nil if there are others in the storage, or may be.
    func jobs(of key: ProgramKey) -> Int? {
        guard let lane = lanes[key], !lane.hasMore else { return nil }
        return lane.jobs
    }

    /// The lane is held, with a job more that was posted here.
    mutating func hold(_ key: ProgramKey, posted: Int64) {
        var lane = lanes[key] ?? newLane(posted: posted, hasMore: false)
        lane.posted = posted
        lane.jobs += 1
        lane.isForeign = false
        set(lane, key)
    }

    /// The lane is held, with so many more jobs that have waited in the storage.
    mutating func hold(_ key: ProgramKey, posted: Int64, jobs: Int, hasMore: Bool) {
        var lane = lanes[key] ?? newLane(posted: posted, hasMore: true)
        if jobs > 0, !lane.hasMore { lane.isForeign = true }
        lane.posted = posted
        lane.hasMore = hasMore
        lane.jobs += jobs
        set(lane, key)
    }

    /// A job of the lane that was posted here waits in the storage: it comes later.
    mutating func noteMore(_ key: ProgramKey) {
        guard var lane = lanes[key] else { return }
        lane.hasMore = true
        lane.isForeign = false
        set(lane, key)
    }

    private mutating func newLane(posted: Int64, hasMore: Bool) -> Lane {
        lastNumber += 1
        return Lane(number: lastNumber, posted: posted, hasMore: hasMore)
    }

    /// The number of this time of holding the lane; nil if it is not held.
    func number(of key: ProgramKey) -> Int? { lanes[key]?.number }

    /// A job of the lane has come to its end, or is not this server's any more.
    /// - Parameter number: of the time of holding the lane in which the job was claimed: a later one does not count it.
    mutating func jobEnded(_ key: ProgramKey, lane number: Int?) {
        guard var lane = lanes[key], lane.number == number else { return }
        lane.jobs -= 1
        set(lane, key)
    }

    /// In which version the last job left the program.
    mutating func note(version: Int64?, of key: ProgramKey) { lanes[key]?.version = version }

    func version(of key: ProgramKey) -> Int64? { lanes[key]?.version }

    mutating func drop(_ key: ProgramKey) {
        lanes[key] = nil
        wanting.remove(key)
    }

    mutating func dropAll() {
        lanes = [:]
        wanting = []
    }

    /// Takes the lanes that want more jobs.
    mutating func takeWanting(limit: Int) -> [ProgramKey] {
        let taken = Array(wanting.prefix(limit))
        wanting.subtract(taken)
        return taken
    }

    var isWanting: Bool { !wanting.isEmpty }

    /// Lanes with nothing to do since before a moment.
    /// - Parameter orForeign: also those with nothing to do now that had better be another server's.
    func idle(
        before moment: ContinuousClock.Instant, orForeign: Bool, limit: Int
    ) -> [(key: ProgramKey, posted: Int64)] {
        lanes.lazy.filter { _, lane in
            lane.idleSince.map { $0 < moment || (orForeign && lane.isForeign) } ?? false
        }.prefix(limit).map { ($0.key, $0.value.posted) }
    }

    private mutating func set(_ lane: Lane, _ key: ProgramKey) {
        var lane = lane
        let isIdle = lane.jobs == 0 && !lane.hasMore
        lane.idleSince = isIdle ? lane.idleSince ?? .now : nil
        if lane.hasMore, lane.jobs <= Self.fewJobs { wanting.insert(key) } else { wanting.remove(key) }
        lanes[key] = lane
    }
}
