import Foundation
import WorkerProtocol

/// What is between the callers, who must never block, and the threads of the worker slots, which do nothing else: the
/// queue, who is doing what, and the jobs that the storage does not hold yet.
final class Dispatcher: @unchecked Sendable {  // Sendable: every variable is read and written under `lock` only.
    enum Assignment {
        case work(Work)
        /// Nothing to do for a while: time to look after the worker.
        case idle
        /// Nothing to do any more.
        case stop
    }

    private enum Phase {
        case running
        /// Nothing new is accepted; what was accepted is finished.
        case draining
        /// What is not finished by now is given up.
        case killing
    }

    private enum SlotState {
        case starting, idle, busy, ended
    }

    private struct Slot {
        var state = SlotState.starting
        var process: ChildProcess?
        /// Work that it has been given and has not taken up yet.
        var given: Work?
        /// Wakes the slot's thread.
        let wakeUp = DispatchSemaphore(value: 0)
    }

    private let lock = NSLock()
    private var phase = Phase.running
    private var queue: JobQueue<Work>
    private var slots: [Slot] = []
    private var waitingSlots = WaitingSlots()
    private var restarts: [RestartCause: Int] = [:]
    private var estimate = LoadEstimate()
    private var lastNumber: UInt64 = 0
    /// Work accepted and not finished.
    private var unfinished = 0
    /// Jobs that the storage does not hold yet, by the number of their work.
    private var jobs: [UInt64: Job] = [:]
    /// Of these, the ones that have ended, oldest first.
    private var unrecorded = Fifo<UInt64>()
    private var isRetrying = false
    private var waitingForEnd: [CheckedContinuation<Void, Never>] = []

    /// - Parameter workers: uploads leave one of them to jobs, if there are several.
    init(waitingLimit: Int, workers: Int) {
        queue = JobQueue(limit: waitingLimit, uploadsAtOnce: max(1, workers - 1))
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body()
    }

    // MARK: Callers

    /// Takes work in, or refuses it at once.
    func accept(_ content: Work.Content) {
        lock.lock()
        lastNumber += 1
        let work = Work(number: lastNumber, content: content, acceptedAt: .now)
        let refusal = refusal(of: work)
        if refusal == nil {
            unfinished += 1
            if case .job(let request, _) = content { jobs[work.number] = Job(request) }
            handOut()
        }
        lock.unlock()
        if let refusal { work.refuse(refusal) }
    }

    /// Queues the work, unless there is a reason not to.
    private func refusal(of work: Work) -> SchedulerError? {
        guard phase == .running else { return .shuttingDown }
        // Jobs that the storage does not take count as if they waited: they are kept here, too.
        if unrecorded.count < queue.limit, queue.append(work, to: work.lane) { return nil }
        return .tooManyJobs(
            retryAfter: estimate.retryAfter(waiting: queue.waiting, workers: slots.count { $0.state != .ended }))
    }

    /// Newest first.
    func activeJobs() -> [Job] {
        locked { jobs.sorted { $0.key > $1.key }.map(\.value) }
    }

    func statistics() -> SchedulerStatistics {
        locked {
            var statistics = SchedulerStatistics()
            statistics.workersIdle = slots.count { $0.state == .idle }
            statistics.workersBusy = slots.count { $0.state == .busy }
            statistics.workersStarting = slots.count { $0.state == .starting }
            statistics.queued = queue.waiting
            statistics.restarts = Dictionary(uniqueKeysWithValues: restarts.map { ($0.key.rawValue, $0.value) })
            return statistics
        }
    }

    // MARK: Slots

    func addSlot() -> Int {
        locked {
            slots.append(Slot())
            return slots.count - 1
        }
    }

    /// Whether the slot is to have a (new) worker.
    /// - Parameter cause: why its last worker is gone; nil if it had none.
    func wantsWorker(slot: Int, insteadOf cause: RestartCause?) -> Bool {
        locked {
            slots[slot] = Slot()
            guard hasWorkToCome else { return false }
            if let cause { restarts[cause, default: 0] += 1 }
            return true
        }
    }

    private var hasWorkToCome: Bool {
        switch phase {
        case .running: true
        case .draining: queue.waiting > 0
        case .killing: false
        }
    }

    /// From now on the slot's process is killed when time is up.
    func adopt(_ process: ChildProcess, slot: Int) {
        locked {
            slots[slot].process = process
            if phase == .killing { process.killNow() }
        }
    }

    var isKilling: Bool { locked { phase == .killing } }

    /// Waits for work, but no longer than a second.
    func next(slot: Int) -> Assignment {
        let wakeUp = locked {
            slots[slot].state = .idle
            waitingSlots.add(slot)
            handOut()
            return slots[slot].wakeUp
        }
        _ = wakeUp.wait(timeout: .now() + .seconds(1))
        return locked {
            waitingSlots.remove(slot)
            if let work = slots[slot].given {
                slots[slot].given = nil
                return .work(work)
            }
            return hasWorkToCome ? .idle : .stop
        }
    }

    /// Gives slots that wait the work whose turn it is, and lets all go if none will come.
    private func handOut() {
        while hasWorkToCome, !waitingSlots.isEmpty, let (work, lane) = queue.next(),
            let slot = waitingSlots.take(for: lane)
        {
            slots[slot].state = .busy
            slots[slot].given = work
            jobs[work.number]?.state = .running
            jobs[work.number]?.startedAt = .now()
            slots[slot].wakeUp.signal()
        }
        if !hasWorkToCome { for slot in slots { slot.wakeUp.signal() } }
    }

    /// The work was not begun: it is the next one again, for a second try.
    /// - Returns: false if there is no time left for it.
    func putBack(_ work: Work) -> Bool {
        locked {
            guard phase != .killing else { return false }
            jobs[work.number]?.state = .queued
            jobs[work.number]?.startedAt = nil
            var work = work
            work.isSecondTry = true
            queue.putBack(work, to: work.lane)
            handOut()
            return true
        }
    }

    /// The work has come to its end.
    /// - Parameters:
    ///   - duration: how long a worker had it; nil if none had.
    ///   - keeping: the job as it ended, if the storage does not hold it.
    /// - Returns: whether someone must begin to retry recording.
    func finished(_ work: Work, duration: Duration?, keeping job: Job? = nil) -> Bool {
        locked {
            if let duration { estimate.note(duration) }
            jobs[work.number] = job
            queue.finished(work.lane)
            unfinished -= 1
            handOut()
            var mustRetry = false
            if job != nil {
                unrecorded.append(work.number)
                mustRetry = !isRetrying
                isRetrying = true
            }
            announceEnd()
            return mustRetry
        }
    }

    func slotEnded(_ slot: Int) {
        locked {
            slots[slot] = Slot(state: .ended)
            announceEnd()
        }
    }

    // MARK: Jobs to be recorded

    /// The oldest job to be recorded; nil, which ends the retrying, if there is none, or no time left.
    func nextUnrecorded() -> Job? {
        locked {
            if phase != .killing, let number = unrecorded.peek, let job = jobs[number] { return job }
            isRetrying = false
            return nil
        }
    }

    /// The job that `nextUnrecorded` gave is in the storage.
    func recordedUnrecorded() {
        locked {
            if let number = unrecorded.popFirst() { jobs[number] = nil }
            announceEnd()
        }
    }

    // MARK: Shutting down

    func drain() {
        locked {
            if phase == .running { phase = .draining }
            handOut()
            announceEnd()
        }
    }

    /// Gives up: kills the workers.
    /// - Returns: the work that no worker had begun; it is to be `finished`.
    func killAll() -> [Work] {
        locked {
            phase = .killing
            for slot in slots { slot.process?.killNow() }
            handOut()
            let left = queue.removeAll()
            announceEnd()
            return left
        }
    }

    /// Returns when everything accepted is finished, and recorded if time was left for it, and all slots have ended.
    func ended() async {
        await withCheckedContinuation { continuation in
            locked {
                waitingForEnd.append(continuation)
                announceEnd()
            }
        }
    }

    private func announceEnd() {
        guard phase != .running, unfinished == 0, slots.allSatisfy({ $0.state == .ended }),
            unrecorded.isEmpty || phase == .killing
        else { return }
        for continuation in waitingForEnd { continuation.resume() }
        waitingForEnd = []
    }
}

/// Why a worker was replaced.
enum RestartCause: String {
    case recycled, timeout, crashed
}
