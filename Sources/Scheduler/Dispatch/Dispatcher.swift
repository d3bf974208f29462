import Foundation
import PageStorage
import WorkerProtocol

/// What is between the callers, who must never block, the thread that keeps the queue in the storage, and the threads of
/// the worker slots: the jobs that this server holds, and who is doing what.
final class Dispatcher: @unchecked Sendable {  // Sendable: every variable is read and written under `lock` only.
    enum Assignment {
        /// An upload, or jobs of different programs.
        case work([Work])
        /// Nothing to do for a while: time to look after the worker.
        case idle
        /// Nothing to do any more.
        case stop
    }

    enum Phase {
        case running
        /// Nothing new is accepted; what is held is finished.
        case draining
        /// What is not finished by now is given up.
        case killing
    }

    enum SlotState {
        case starting, idle, busy, ended
    }

    struct Slot {
        var state = SlotState.starting
        var process: ChildProcess?
        /// Work that it has been given and has not taken up yet.
        var given: [Work] = []
        /// The numbers of the work that it has.
        var current: [UInt64] = []
        /// When it was given quick jobs, if that is what it has.
        var quickSince: ContinuousClock.Instant?
        /// It waits, but not for long, since jobs are held back.
        var looksAgainSoon = false
        /// Wakes the slot's thread.
        let wakeUp = DispatchSemaphore(value: 0)
    }

    /// A job that is held: it waits, or runs since a time.
    struct Held {
        let number: UInt64
        let job: HeldJob
        /// The time of holding the lane in which it was claimed.
        let lane: Int?
        var slot: Int?
        var startedAt: Timestamp?
    }

    let lock = NSLock()
    let configuration: SchedulerConfiguration
    let clock: StorageClock
    var phase = Phase.running
    var queue: JobQueue<Work>
    var slots: [Slot] = []
    var waitingSlots = WaitingSlots()
    var restarts: [RestartCause: Int] = [:]
    /// Of the workers that have ended.
    var endedProcessorTime = Duration.zero
    /// When the job was accepted that has waited longest in the storage for whoever is free, as far as this server knows.
    var oldestUnclaimed: Timestamp?
    var estimate = LoadEstimate()
    var lanes = LaneBook()
    var sharing = WorkSharing()
    var paces = PaceBook()
    /// While no job is held.
    var timeWithoutJobs = TimeShare()
    /// When it is looked next which lanes have nothing to do.
    var releasesAt = ContinuousClock.now
    /// Bytes of the requests of the jobs that are held.
    var heldBytes = 0
    /// By the job's id.
    var held: [String: Held] = [:]
    /// Numbers of work that is not this server's any more.
    var withdrawn: Set<UInt64> = []
    var lastNumber: UInt64 = 0
    /// Work accepted and not finished.
    var unfinished = 0
    /// Jobs accepted and not ended, of all servers, as far as this one knows.
    var queuedJobs = 0
    var waitingForEnd: [CheckedContinuation<Void, Never>] = []
    /// Called when there may be something to do for the keeper of the queue. Never with the lock held.
    var signalKeeper: @Sendable () -> Void = {}

    /// Uploads leave one of the workers to jobs, if there are several.
    init(_ configuration: SchedulerConfiguration, clock: StorageClock) {
        self.configuration = configuration
        self.clock = clock
        queue = JobQueue(limit: .max, uploadsAtOnce: max(1, configuration.workers - 1))
    }

    func locked<Result>(_ body: () -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body()
    }

    // MARK: Work

    /// Takes an upload in, or refuses it at once.
    func accept(code: [UInt8], isText: Bool, _ answer: Work.UploadAnswer) {
        let refusal: SchedulerError? = locked {
            guard phase == .running else { return .shuttingDown }
            guard waiting < configuration.waitingLimit else { return .tooManyJobs(retryAfter: retryAfter) }
            enqueue(.upload(code: code, isText: isText, answer))
            handOut()
            return nil
        }
        if let refusal { answer.resume(returning: .failure(refusal)) }
    }

    /// Takes jobs in that this server has claimed, in the order in which they run.
    func hold(_ jobs: [HeldJob]) {
        locked {
            for job in jobs where held[job.id] == nil {
                let number = enqueue(.job(job))
                held[job.id] = Held(number: number, job: job, lane: lanes.number(of: job.key))
                heldBytes += job.bytes
            }
            if !held.isEmpty { timeWithoutJobs.end() }
            handOut()
        }
    }

    @discardableResult
    private func enqueue(_ content: Work.Content) -> UInt64 {
        lastNumber += 1
        unfinished += 1
        let work = Work(number: lastNumber, content: content, acceptedAt: .now)
        _ = queue.append(work, to: work.lane)
        return work.number
    }

    /// Gives slots that wait the work whose turn it is, and lets all go if none will come.
    func handOut() {
        while hasWorkToCome, !waitingSlots.isEmpty, let (work, lane) = nextWork() {
            if withdrawn.remove(work.number) != nil {
                close(work)
                continue
            }
            let isQuick = isQuick(work)
            guard let slot = isQuick ? waitingSlots.takeWarmest(for: lane) : waitingSlots.take(for: lane) else { break }
            slots[slot].state = .busy
            slots[slot].quickSince = isQuick ? .now : nil
            slots[slot].given = [work] + (isQuick ? companions(slot: slot) : [])
            slots[slot].current = slots[slot].given.map(\.number)
            let now = clock.now()
            for case .job(let job) in slots[slot].given.map(\.content) {
                sharing.noteBegun(job.key)
                held[job.id]?.slot = slot
                held[job.id]?.startedAt = now
            }
            slots[slot].wakeUp.signal()
        }
        if !hasWorkToCome { for slot in slots { slot.wakeUp.signal() } }
        keepLookout()
    }

    var hasWorkToCome: Bool {
        switch phase {
        case .running: true
        case .draining: queue.waiting > 0
        case .killing: false
        }
    }

    /// The work leaves this server.
    func close(_ work: Work) {
        letGo(work)
        queue.finished(work.lane)
        unfinished -= 1
    }

    /// The work's job is not held any more, if it still was.
    private func letGo(_ work: Work) {
        if case .job(let job) = work.content, held[job.id]?.number == work.number { letGo(job.id) }
    }

    /// - Returns: what the job was here.
    @discardableResult
    func letGo(_ id: String) -> Held? {
        guard let gone = held.removeValue(forKey: id) else { return nil }
        if held.isEmpty { timeWithoutJobs.begin() }
        lanes.jobEnded(gone.job.key, lane: gone.lane)
        sharing.noteBegun(gone.job.key)
        heldBytes -= gone.job.bytes
        return gone
    }

    /// Work that was taken out of the queue leaves this server.
    func forget(_ work: Work) {
        letGo(work)
        withdrawn.remove(work.number)
        unfinished -= 1
    }

    /// The work was not begun, or came to nothing: it is the next one again.
    /// - Parameter isBlameless: nothing came of it through no fault of its own, and it may begin at once: there is time for it
    ///   while this server drains, too.
    /// - Returns: nil; or the ids of the jobs that leave this server, if the work is not its own any more, or no time is
    ///   left for it. What comes after a job that is left behind is left with it.
    func putBack(_ work: Work, isBlameless: Bool) -> [String]? {
        let left: [String]? = locked {
            let isWithdrawn = withdrawn.remove(work.number) != nil
            let mayDrain = isBlameless || work.lane == .uploads
            guard !isWithdrawn, mayDrain ? phase != .killing : phase == .running else {
                let rest = isWithdrawn || work.lane == .uploads ? [] : queue.removeWaiting(of: work.lane)
                for work in rest { forget(work) }
                close(work)
                announceEnd()
                return ([work] + rest).compactMap(\.job?.id)
            }
            if case .job(let job) = work.content {
                held[job.id]?.slot = nil
                held[job.id]?.startedAt = nil
            }
            var work = work
            work.isSecondTry = true
            queue.putBack(work, to: work.lane)
            handOut()
            return nil
        }
        if left != nil { signalKeeper() }
        return left
    }

    /// The work has come to its end.
    /// - Parameters:
    ///   - duration: how long a worker had it; nil if none had.
    ///   - hasEnded: false for a job that goes on elsewhere.
    ///   - version: the program's, if the job has left it so for certain.
    ///   - pace: how long the job itself took.
    func finished(
        _ work: Work, duration: Duration?, hasEnded: Bool = true, version: Int64? = nil, pace: Pace = .long
    ) {
        locked {
            if let duration { estimate.note(duration) }
            if case .job(let job) = work.content {
                lanes.note(version: version, of: job.key)
                paces.note(pace, of: job.key)
            }
            if hasEnded, case .job = work.content { queuedJobs = max(0, queuedJobs - 1) }
            withdrawn.remove(work.number)
            close(work)
            handOut()
            announceEnd()
        }
        signalKeeper()
    }

    /// The program's next job goes to a worker by itself.
    func noteLong(_ key: ProgramKey) { locked { paces.note(.long, of: key) } }

    /// The version in which the last job left the program, as far as this server knows.
    func knownVersion(of key: ProgramKey) -> Int64? { locked { lanes.version(of: key) } }

    /// Whether the work is still this server's to finish.
    func isOurs(_ work: Work) -> Bool { locked { !withdrawn.contains(work.number) } }

    // MARK: The end

    /// Returns when everything accepted is finished and all slots have ended.
    func ended() async {
        await withCheckedContinuation { continuation in
            locked {
                waitingForEnd.append(continuation)
                announceEnd()
            }
        }
    }

    func announceEnd() {
        guard phase != .running, unfinished == 0, slots.allSatisfy({ $0.state == .ended }) else { return }
        for continuation in waitingForEnd { continuation.resume() }
        waitingForEnd = []
    }
}

/// Why a worker was replaced.
enum RestartCause: String {
    case recycled, timeout, crashed
    /// It had more memory for itself than it may.
    case memory
    /// One of several jobs took longer than the others were to wait.
    case heldUp = "held_up"
}
