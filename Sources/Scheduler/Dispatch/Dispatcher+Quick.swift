import PageStorage

/// Jobs of programs whose last jobs were done in no time. Those that go to a worker together cost less: it stores them
/// together. So one worker has all of them, unless many more wait, and never more workers than can compute at once:
/// others would only make them fewer for each, and know less of their programs.
extension Dispatcher {
    private static let mostTogether = 8
    /// How many lanes must wait, for each worker that has quick jobs, to let another one have some.
    private static let worthAnotherWorker = 6

    /// The work whose turn it is, of what may go to a worker now.
    func nextWork() -> (item: Work, lane: Lane)? {
        guard admitsQuick else { return queue.next(where: { !isQuick($0) }) }
        let warmest = waitingSlots.warmest
        return queue.next(rather: { lane in
            warmest.map { waitingSlots.knows($0, lane) } ?? false || (!isQuick(lane) && waitingSlots.know(lane))
        })
    }

    func isQuick(_ work: Work) -> Bool {
        guard case .job(let job) = work.content, !job.isSuspect, job.attempts == 0, !withdrawn.contains(work.number)
        else { return false }
        return paces.isQuick(job.key)
    }

    private func isQuick(_ lane: Lane) -> Bool {
        guard case .program(let key) = lane else { return false }
        return paces.isQuick(key)
    }

    /// What goes to a worker with a quick job.
    func companions(slot: Int) -> [Work] {
        // Where all workers are used, the next one that is done shall find some, too.
        let share = quickSlots < quickLimit || quickLimit == 1 ? queue.ready : (queue.ready + 1) / 2
        let count = min(Self.mostTogether - 1, share)
        var companions: [Work] = []
        func take(where isWanted: (Work) -> Bool) {
            while companions.count < count, let (next, lane) = queue.next(where: isWanted) {
                waitingSlots.note(slot, for: lane)
                companions.append(next)
            }
        }
        take { waitingSlots.knows(slot, $0.lane) && isQuick($0) }
        if companions.count < 3 { take { isQuick($0) } }
        return companions
    }

    /// Whether quick jobs wait although a worker does.
    var holdsBack: Bool { queue.ready > 0 && !admitsQuick }

    /// Sees to it that one of the slots that wait looks again soon if quick jobs are held back: the worker that they wait for
    /// may be busy for longer than was thought, and nothing else would tell.
    func keepLookout() {
        guard holdsBack, let slot = waitingSlots.coldest, !waitingSlots.contains(where: { slots[$0].looksAgainSoon })
        else { return }
        slots[slot].looksAgainSoon = true
        slots[slot].wakeUp.signal()
    }

    /// Whether one more worker may have quick jobs.
    private var admitsQuick: Bool {
        let busy = quickSlots
        return busy == 0 || (busy < quickLimit && queue.ready >= Self.worthAnotherWorker * busy)
    }

    private var quickLimit: Int { min(configuration.quickWorkers, slots.count) }

    /// How many workers have quick jobs: one that is not done soon has one that is not quick after all.
    private var quickSlots: Int {
        let now = ContinuousClock.now
        return slots.count { slot in slot.quickSince.map { now - $0 < JobPatience.others } ?? false }
    }
}
