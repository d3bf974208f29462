import PageStorage

/// How this server shares the work with the others on its storage: which waiting jobs it claims, which it leaves to them,
/// and when it gives some back.
///
/// A pure value; who calls it keeps it to one thread at a time.
struct WorkSharing {
    /// What there is to do here, and to do it with.
    struct Load {
        var workers: Int
        /// Whether a worker could begin a job now.
        var hasIdleWorker: Bool
        /// Programs of which a job waits here and could begin.
        var ready: Int
    }

    private(set) var others = OtherServers()
    /// Jobs may wait in the storage for whoever claims them.
    private var mayClaim = true
    /// When lanes are claimed next whatever there is to do here.
    private var claimsAgainAt: ContinuousClock.Instant
    /// Lanes that were claimed and of which no job has begun or ended since.
    private var unbegun: Set<ProgramKey> = []
    /// Nothing was given back since it was heard how many servers are idle.
    private var mayGiveBack = true

    /// How often lanes are claimed although there is enough to do here, and how many for each worker.
    static let fairClaimInterval = Duration.milliseconds(50)
    static let claimedPerWorker = 4
    /// How long servers that are said to be idle have for what waits: they may be frozen.
    static let patienceWithIdle = Duration.milliseconds(500)
    /// Programs of which a job waits here, for each worker, beyond which new ones are left to other servers.
    private static let readyPerWorker = 8
    /// Programs that an idle server is given of those that wait here.
    private static let givenPerServer = 8

    init(from moment: ContinuousClock.Instant = .now) { claimsAgainAt = moment }

    var isAlone: Bool { others.count == 0 }

    // MARK: What is done

    /// Whether a job may be claimed as it is posted, of a program that no server holds.
    func takesNew(_ load: Load) -> Bool {
        if isAlone { return true }
        let limit = load.workers * (others.idle == 0 ? Self.readyPerWorker : 1)
        return load.ready < limit && !leavesJobs(load)
    }

    /// Whether lanes are to be claimed before it is time to look for jobs.
    func wantsLanes(_ load: Load) -> Bool { mayClaim && load.ready < min(load.workers, wantedReady(load)) }

    /// How many lanes to claim now.
    /// - Parameter looksForJobs: whether it is time to look for jobs, also if nothing says that there are any.
    mutating func lanesToClaim(_ load: Load, looksForJobs: Bool, at moment: ContinuousClock.Instant) -> Int {
        guard mayClaim || looksForJobs else { return 0 }
        let missing = wantedReady(load) - load.ready
        if missing > 0 { return missing }
        // Jobs that are posted to lanes of this server would else keep all others waiting.
        guard mayClaim, claimsAgainAt <= moment else { return 0 }
        claimsAgainAt = moment + (others.idle > 0 ? Self.patienceWithIdle : Self.fairClaimInterval)
        return max(0, load.workers * Self.claimedPerWorker - unbegun.count)
    }

    /// How many programs to give back now, none of whose jobs has begun. Once for each time that the others say how many of
    /// them are idle: by the next they have had time to begin.
    func programsToGiveBack(_ load: Load) -> Int {
        mayGiveBack && leavesJobs(load) ? others.idle * Self.givenPerServer : 0
    }

    /// Whether jobs had better be left to others: they can begin them, and this server cannot.
    private func leavesJobs(_ load: Load) -> Bool { others.idle > 0 && !load.hasIdleWorker }

    /// How many programs shall have a job ready here.
    private func wantedReady(_ load: Load) -> Int { leavesJobs(load) ? 0 : load.workers * (isAlone ? 4 : 1) }

    // MARK: What is heard

    mutating func note(_ others: OtherServers, at moment: ContinuousClock.Instant) {
        // What one of them has left may be had.
        if others.count < self.others.count { mayClaim = true }
        switch (self.others.idle > 0, others.idle > 0) {
        case (false, true): claimsAgainAt = moment + Self.patienceWithIdle
        case (true, false): claimsAgainAt = min(claimsAgainAt, moment + Self.fairClaimInterval)
        default: break
        }
        self.others = others
        mayGiveBack = true
    }

    /// There may be jobs in the storage for whoever claims them.
    mutating func noteWaiting() { mayClaim = true }

    /// - Parameter found: lanes that were claimed, of as many as were asked for.
    mutating func noteClaim(found: Int, of limit: Int) { mayClaim = found == limit }

    /// A lane was claimed whose jobs have waited in the storage.
    mutating func noteClaimed(_ key: ProgramKey) { unbegun.insert(key) }

    /// A job of the lane has begun, or has gone.
    mutating func noteBegun(_ key: ProgramKey) { unbegun.remove(key) }

    /// Nothing that was claimed is this server's any more.
    mutating func noteAllLost() { unbegun = [] }

    /// Programs were given back, whose jobs wait in the storage now.
    mutating func noteGivenBack(at moment: ContinuousClock.Instant) {
        mayClaim = true
        mayGiveBack = false
        claimsAgainAt = moment + Self.patienceWithIdle
    }
}
