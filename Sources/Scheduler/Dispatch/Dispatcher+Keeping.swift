import PageStorage
import WorkerProtocol

/// What the keeper of the queue asks: what is to be done in the storage now.
extension Dispatcher {
    /// Bytes of requests beyond which jobs wait in the storage and not here.
    private static let heldBytesLimit = 256 << 20
    private static let heldLanesLimit = 10_000
    /// How long a lane with nothing to do is kept for the program's next job.
    private static let keptIdle = Duration.seconds(1)
    private static let keptIdleAlone = Duration.seconds(30)
    /// Going through all lanes that are held takes its time.
    private static let releaseInterval = Duration.milliseconds(10)

    struct KeeperPlan {
        /// How many lanes to claim.
        var claim = 0
        /// Lanes of which more jobs are to be claimed.
        var refill: [ProgramKey] = []
        /// Lanes to be released.
        var release: [(key: ProgramKey, posted: Int64)] = []
        /// Lanes to be given back with their jobs.
        var giveBack: (lanes: [ProgramKey], jobs: [String]) = ([], [])
        /// Whether there is room for what others have posted to lanes that are held.
        var takesMore = false
    }

    /// Whether jobs of these programs may be claimed as they are posted, in the same order.
    func intents(for keys: [ProgramKey]) -> [PostedJob.Intent] {
        locked {
            guard phase == .running, hasRoom else { return keys.map { _ in .leave } }
            let mayTake = sharing.takesNew(load) && lanes.count < Self.heldLanesLimit
            return keys.map { lanes.intent(for: $0, mayTake: mayTake) }
        }
    }

    /// - Parameter looksForJobs: whether it is time to look for jobs, also if nothing says that there are any.
    func plan(looksForJobs: Bool, at moment: ContinuousClock.Instant = .now) -> KeeperPlan {
        locked {
            var plan = KeeperPlan()
            guard phase == .running else { return plan }
            plan.release = takeIdleLanes(at: moment)
            // Before anything is claimed: what is given back must not be had again at once.
            plan.giveBack = takeWaiting(limit: sharing.programsToGiveBack(load), at: moment)
            if hasRoom {
                plan.takesMore = true
                plan.refill = lanes.takeWanting(limit: 64)
                plan.claim = sharing.lanesToClaim(load, looksForJobs: looksForJobs, at: moment)
            }
            return plan
        }
    }

    private var hasRoom: Bool { heldBytes < Self.heldBytesLimit }

    private var load: WorkSharing.Load {
        WorkSharing.Load(
            workers: configuration.workers, hasIdleWorker: slots.contains { $0.state == .idle }, ready: queue.ready)
    }

    /// Whether there is something to do before it is time to look for jobs.
    var needsKeeper: Bool {
        locked { phase == .running && (lanes.isWanting || (hasRoom && sharing.wantsLanes(load))) }
    }

    /// How long until it is looked whether there are jobs that nothing was heard of.
    var lookInterval: Duration {
        locked {
            if sharing.isAlone { return .seconds(1) }
            return held.isEmpty ? .milliseconds(50) : max(.milliseconds(10), currentSpareTime * 2)
        }
    }

    /// How long what is to be written or looked up may wait for more of it, so that it is done together: long before the
    /// workers could run out of jobs.
    var spareTime: Duration { locked { currentSpareTime } }

    private var currentSpareTime: Duration {
        let (ready, workers) = (queue.ready, configuration.workers)
        guard ready >= workers * 2 else { return .zero }
        return min(.seconds(estimate.seconds(waiting: ready, workers: workers) / 3), .milliseconds(10))
    }

    /// Takes lanes out that have nothing to do.
    private func takeIdleLanes(at moment: ContinuousClock.Instant) -> [(key: ProgramKey, posted: Int64)] {
        guard releasesAt <= moment else { return [] }
        releasesAt = moment + Self.releaseInterval
        let isAlone = sharing.isAlone
        let kept = isAlone && lanes.count < Self.heldLanesLimit / 2 ? Self.keptIdleAlone : Self.keptIdle
        let idle = lanes.idle(before: moment - kept, orForeign: !isAlone, limit: 1000)
        for lane in idle { lanes.drop(lane.key) }
        return idle
    }

    /// Takes programs out, none of whose jobs has begun.
    private func takeWaiting(
        limit: Int, at moment: ContinuousClock.Instant
    ) -> (lanes: [ProgramKey], jobs: [String]) {
        guard limit > 0 else { return ([], []) }
        let removed = queue.removePrograms(limit: limit)
        for work in removed { forget(work) }
        let jobs = removed.compactMap(\.job)
        let keys = Set(jobs.map(\.key))
        for key in keys { lanes.drop(key) }
        if !keys.isEmpty { sharing.noteGivenBack(at: moment) }
        return (Array(keys), jobs.map(\.id))
    }

    /// A lane is held, with so many jobs more: they are to be given to `hold` next.
    func note(_ lane: ClaimedLane) {
        locked {
            if !lane.jobs.isEmpty, lanes.number(of: lane.key) == nil { sharing.noteClaimed(lane.key) }
            lanes.hold(lane.key, posted: lane.posted, jobs: lane.jobs.count, hasMore: lane.hasMore)
        }
    }

    /// A job was accepted, and is claimed, or waits in the storage.
    func noteAccepted(_ key: ProgramKey, claimedAt posted: Int64?) {
        locked {
            queuedJobs += 1
            if let posted {
                lanes.hold(key, posted: posted)
            } else {
                lanes.noteMore(key)
                sharing.noteWaiting()
            }
        }
    }

    /// The lane is not held any more.
    func noteLost(_ key: ProgramKey) { locked { lanes.drop(key) } }

    /// A claimed job came to nothing before it was held.
    func noteEnded(_ key: ProgramKey) {
        locked {
            lanes.jobEnded(key, lane: lanes.number(of: key))
            sharing.noteBegun(key)
        }
    }

    /// Lanes that could not be released, since jobs were posted to them.
    func noteKept(_ keys: [ProgramKey]) {
        locked { if !keys.isEmpty { sharing.noteWaiting() } }
    }

    /// - Parameter found: lanes that were claimed, of as many as were asked for.
    func noteClaim(found: Int, of limit: Int) { locked { sharing.noteClaim(found: found, of: limit) } }

    func noteCalled() { locked { sharing.noteWaiting() } }

    func note(_ renewal: LeaseRenewal) {
        locked {
            let wasAlone = sharing.isAlone
            sharing.note(renewal.others, at: .now)
            oldestUnclaimed = renewal.oldestUnclaimed.map(Timestamp.init(milliseconds:))
            // Alone, this server knows better than a number that is a moment old.
            if !(wasAlone && sharing.isAlone) || queuedJobs < held.count { queuedJobs = renewal.queued }
            if renewal.queued > held.count { sharing.noteWaiting() }
        }
    }

    func note(_ others: OtherServers) { locked { sharing.note(others, at: .now) } }

    /// Whether this server could begin a job now, and had none for most of the time since this was asked last: one that is
    /// full has moments without a job, too.
    func isMostlyIdle() -> Bool {
        locked {
            let share = timeWithoutJobs.take()
            return phase == .running && slots.contains { $0.state == .idle } && share >= 0.5
        }
    }

    var isAlone: Bool { locked { sharing.isAlone } }

    /// Whether jobs that are left waiting should be told to other servers.
    var wakesOthers: Bool { locked { sharing.others.idle > 0 } }

    // MARK: Limits

    /// Why no job more of a program is accepted now, if there is a reason.
    /// - Parameter posting: jobs that are being accepted.
    func refusal(of key: ProgramKey, posting: Int) -> SubmissionRefusal? {
        locked {
            if waiting + posting >= configuration.waitingLimit { return .serviceBusy(retryAfter: retryAfter) }
            let limit = configuration.waitingLimitPerProgram
            if let jobs = lanes.jobs(of: key), jobs > limit { return .programBusy(retryAfter: retryAfter) }
            return nil
        }
    }

    /// Whether more jobs of the program may wait in the storage than may: then they must be counted there.
    func mustCount(_ key: ProgramKey) -> Bool {
        locked { queuedJobs > configuration.waitingLimitPerProgram && lanes.jobs(of: key) == nil }
    }

    func programBusy() -> SubmissionRefusal { locked { .programBusy(retryAfter: retryAfter) } }
}
