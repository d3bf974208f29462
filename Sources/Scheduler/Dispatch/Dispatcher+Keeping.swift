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
    /// How often lanes are claimed although there is enough to do here, and how many for each worker.
    private static let fairClaimInterval = Duration.milliseconds(50)
    private static let claimedPerWorker = 4
    /// How long servers that are said to be idle have for what waits: they may be frozen.
    private static let patienceWithIdle = Duration.milliseconds(500)
    /// Programs of which a job waits here, for each worker, beyond which others are left to other servers.
    private static let readyPerWorker = 8

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
            guard phase == .running, heldBytes < Self.heldBytesLimit else { return keys.map { _ in .leave } }
            let limit = configuration.workers * (idleServers == 0 ? Self.readyPerWorker : 1)
            let hasRoom = otherServers == 0 || (queue.ready < limit && !leavesJobs)
            let mayTake = hasRoom && lanes.count < Self.heldLanesLimit
            return keys.map { lanes.intent(for: $0, mayTake: mayTake) }
        }
    }

    /// - Parameter looksForJobs: whether it is time to look for jobs, also if nothing says that there are any.
    func plan(looksForJobs: Bool) -> KeeperPlan {
        locked {
            var plan = KeeperPlan()
            guard phase == .running else { return plan }
            let isAlone = otherServers == 0
            let kept = isAlone && lanes.count < Self.heldLanesLimit / 2 ? Self.keptIdleAlone : Self.keptIdle
            if releasesAt <= .now {
                plan.release = lanes.idle(before: .now - kept, orForeign: !isAlone, limit: 1000)
                for lane in plan.release { lanes.drop(lane.key) }
                releasesAt = .now + Self.releaseInterval
            }
            let hasRoom = heldBytes < Self.heldBytesLimit
            plan.takesMore = hasRoom
            if hasRoom { plan.refill = lanes.takeWanting(limit: 64) }
            // Once for each time that the others say so: by the next they have had time to begin.
            if mayGiveBack, leavesJobs {
                plan.giveBack = takeWaiting(limit: idleServers * 8)
                if !plan.giveBack.lanes.isEmpty {
                    mayGiveBack = false
                    claimsAgainAt = .now + Self.patienceWithIdle
                }
            }
            if hasRoom, mayClaim || looksForJobs { plan.claim = max(0, wantedReady - queue.ready) }
            // Jobs that are posted to lanes of this server would else keep all others waiting.
            if hasRoom, mayClaim, plan.claim == 0, claimsAgainAt <= .now {
                plan.claim = max(0, configuration.workers * Self.claimedPerWorker - unbegunLanes.count)
                claimsAgainAt = .now + (idleServers > 0 ? Self.patienceWithIdle : Self.fairClaimInterval)
            }
            return plan
        }
    }

    /// Whether jobs had better be left to others: they can begin them, and this server cannot.
    private var leavesJobs: Bool { idleServers > 0 && !slots.contains { $0.state == .idle } }

    /// How many programs shall have a job ready here.
    private var wantedReady: Int { leavesJobs ? 0 : configuration.workers * (otherServers == 0 ? 4 : 1) }

    /// Whether there is something to do before it is time to look for jobs.
    var needsKeeper: Bool {
        locked {
            guard phase == .running else { return false }
            let wanted = min(configuration.workers, wantedReady)
            return lanes.isWanting || (mayClaim && queue.ready < wanted && heldBytes < Self.heldBytesLimit)
        }
    }

    /// How long until it is looked whether there are jobs that nothing was heard of.
    var lookInterval: Duration {
        locked {
            if otherServers == 0 { return .seconds(1) }
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

    /// Takes programs out, none of whose jobs has begun.
    private func takeWaiting(limit: Int) -> (lanes: [ProgramKey], jobs: [String]) {
        let removed = queue.removePrograms(limit: limit)
        for work in removed { forget(work) }
        let jobs = removed.compactMap(\.job)
        let keys = Set(jobs.map(\.key))
        for key in keys { lanes.drop(key) }
        if !keys.isEmpty { mayClaim = true }
        return (Array(keys), jobs.map(\.id))
    }

    /// A lane is held, with so many jobs more: they are to be given to `hold` next.
    func note(_ lane: ClaimedLane) {
        locked {
            if !lane.jobs.isEmpty, lanes.number(of: lane.key) == nil { unbegunLanes.insert(lane.key) }
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
                mayClaim = true
            }
        }
    }

    /// The lane is not held any more.
    func noteLost(_ key: ProgramKey) { locked { lanes.drop(key) } }

    /// A claimed job came to nothing before it was held.
    func noteEnded(_ key: ProgramKey) {
        locked {
            lanes.jobEnded(key, lane: lanes.number(of: key))
            unbegunLanes.remove(key)
        }
    }

    /// Lanes that could not be released, since jobs were posted to them.
    func noteKept(_ keys: [ProgramKey]) {
        locked { if !keys.isEmpty { mayClaim = true } }
    }

    /// - Parameter found: lanes that were claimed, of as many as were asked for.
    func noteClaim(found: Int, of limit: Int) { locked { mayClaim = found == limit } }

    func noteCalled() { locked { mayClaim = true } }

    func note(_ renewal: LeaseRenewal) {
        locked {
            let wasAlone = otherServers == 0
            take(renewal.others)
            oldestUnclaimed = renewal.oldestUnclaimed.map(Timestamp.init(milliseconds:))
            // Alone, this server knows better than a number that is a moment old.
            if !(wasAlone && otherServers == 0) || queuedJobs < held.count { queuedJobs = renewal.queued }
            if renewal.queued > held.count { mayClaim = true }
        }
    }

    func note(_ others: OtherServers) { locked { take(others) } }

    private func take(_ others: OtherServers) {
        // What one of them has left may be had.
        if others.count < otherServers { mayClaim = true }
        switch (idleServers > 0, others.idle > 0) {
        case (false, true): claimsAgainAt = .now + Self.patienceWithIdle
        case (true, false): claimsAgainAt = min(claimsAgainAt, .now + Self.fairClaimInterval)
        default: break
        }
        otherServers = others.count
        idleServers = others.idle
        mayGiveBack = true
    }

    /// Whether this server could begin a job now, and had none for most of the time since this was asked last: one that is
    /// full has moments without a job, too.
    func isMostlyIdle() -> Bool {
        locked {
            let share = timeWithoutJobs.take()
            return phase == .running && slots.contains { $0.state == .idle } && share >= 0.5
        }
    }

    var isAlone: Bool { locked { otherServers == 0 } }

    /// Whether jobs that are left waiting should be told to other servers.
    var wakesOthers: Bool { locked { idleServers > 0 } }

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
