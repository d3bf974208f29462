import Foundation
import PageStorage
import WorkerProtocol

/// What is asked about jobs that are held, and what takes them from this server.
extension Dispatcher {
    /// A job as it is here; nil if it is not held.
    func job(id: String) -> Job? { locked { held[id].map(Job.init) } }

    /// The jobs that are held.
    func jobs() -> [Job] { locked { held.values.map(Job.init) } }

    /// The ids of the jobs, and the keys of the lanes, that this server believes to hold. A lane is not let go before its
    /// jobs.
    func known() -> (jobs: [String], lanes: [ProgramKey]) {
        locked { (Array(held.keys), Array(Set(lanes.keys).union(held.values.map(\.job.key)))) }
    }

    func isHeld(_ id: String) -> Bool { locked { held[id] != nil } }

    /// The jobs that run, and since when.
    func runningJobs() -> [(job: String, startedAt: Int64)] {
        locked { held.compactMap { id, job in job.startedAt.map { (id, $0.milliseconds) } } }
    }

    /// Jobs that have been held here for so long and have not begun: some by chance, if there are more than `limit`.
    func waitingJobs(for least: Duration, limit: Int) -> [String] {
        let latest = ContinuousClock.now - least
        let ids = locked {
            held.compactMap { id, held in held.startedAt == nil && held.job.heldSince <= latest ? id : nil }
        }
        return ids.count <= limit ? ids : Array(ids.shuffled().prefix(limit))
    }

    var isAccepting: Bool { locked { phase == .running } }

    /// The job is not this server's any more: if it runs its worker is stopped.
    /// - Parameter hasEnded: whether it goes on nowhere.
    func withdraw(_ id: String, hasEnded: Bool = false) {
        locked {
            if hasEnded { queuedJobs = max(0, queuedJobs - 1) }
            guard let job = letGo(id) else { return }
            withdraw(job)
            handOut()
        }
        signalKeeper()
    }

    /// Nothing that is held is this server's any more.
    /// - Returns: the ids of the jobs.
    func withdrawAll() -> [String] {
        locked {
            let ids = Array(held.keys)
            for job in held.values { withdraw(job) }
            held = [:]
            timeWithoutJobs.begin()
            heldBytes = 0
            lanes.dropAll()
            sharing.noteAllLost()
            handOut()
            return ids
        }
    }

    private func withdraw(_ job: Held) {
        withdrawn.insert(job.number)
        if let slot = job.slot, slots[slot].current.contains(job.number) { slots[slot].process?.killNow() }
    }

    // MARK: Numbers

    /// Jobs and uploads that wait.
    var waiting: Int { max(queuedJobs - slots.count { $0.state == .busy }, queue.waiting) }

    var retryAfter: Int {
        estimate.retryAfter(waiting: waiting, workers: slots.count { $0.state != .ended })
    }

    func statistics() -> SchedulerStatistics {
        var (statistics, processes) = locked {
            var statistics = SchedulerStatistics()
            statistics.workersIdle = slots.count { $0.state == .idle }
            statistics.workersBusy = slots.count { $0.state == .busy }
            statistics.workersStarting = slots.count { $0.state == .starting }
            statistics.queued = waiting
            let oldestHeld = held.values.lazy.filter { $0.startedAt == nil }.map(\.job.request.createdAt).min()
            let oldest = [oldestHeld, oldestUnclaimed].compactMap(\.self).min()
            statistics.oldestWaitSeconds = oldest.map {
                Double(max(0, clock.now().milliseconds - $0.milliseconds)) / 1e3
            }
            statistics.otherServers = sharing.others.count
            statistics.restarts = Dictionary(uniqueKeysWithValues: restarts.map { ($0.key.rawValue, $0.value) })
            let processes = slots.compactMap(\.process)
            // With the lock held: a worker that ends meanwhile counts once.
            let time = processes.reduce(endedProcessorTime) { $0 + $1.processorTime }
            statistics.workerProcessorSeconds = time / .seconds(1)
            return (statistics, processes)
        }
        statistics.workerResidentBytes = processes.reduce(0) { $0 + $1.residentMemory }
        return statistics
    }

    // MARK: Shutting down

    /// Jobs that have not begun are left to other servers, if there are any. Uploads are still looked at.
    /// - Returns: the ids of the jobs that were left.
    func drain() -> [String] {
        locked {
            if phase == .running { phase = .draining }
            var left: [String] = []
            for work in sharing.isAlone ? [] : queue.removeAll() {
                switch work.content {
                case .job(let job):
                    left.append(job.id)
                    forget(work)
                case .upload: _ = queue.append(work, to: .uploads)
                }
            }
            handOut()
            announceEnd()
            return left
        }
    }

    /// Gives up: kills the workers, and refuses uploads that wait. Jobs stay in the storage.
    func killAll() {
        locked {
            phase = .killing
            for slot in slots { slot.process?.killNow() }
            handOut()
            for work in queue.removeAll() {
                if case .upload(_, _, let answer) = work.content {
                    answer.resume(returning: .failure(.shuttingDown))
                }
                forget(work)
            }
            announceEnd()
        }
    }
}

extension Job {
    fileprivate init(_ held: Dispatcher.Held) {
        self.init(held.job.request)
        if let startedAt = held.startedAt {
            state = .running
            self.startedAt = startedAt
        }
    }
}
