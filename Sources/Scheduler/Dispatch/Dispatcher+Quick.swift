import PageStorage

/// Jobs of programs whose last job was done in no time. Those that go to a worker together cost less: it stores them
/// together. So they do not spread over more workers than can compute at once: the others would only make them fewer for
/// each, and know less of their programs.
extension Dispatcher {
    private static let mostTogether = 8

    /// The work whose turn it is, of what may go to a worker now.
    func nextWork() -> (item: Work, lane: Lane)? {
        guard quickSlots < quickLimit else { return queue.next(where: { !isQuick($0) }) }
        let warmest = waitingSlots.warmest
        return queue.next(rather: { lane in
            warmest.map { waitingSlots.knows($0, lane) } ?? false || (!isQuick(lane) && waitingSlots.know(lane))
        })
    }

    func isQuick(_ work: Work) -> Bool {
        guard case .job(let job) = work.content, !job.isSuspect, job.attempts == 0, !withdrawn.contains(work.number)
        else { return false }
        return lanes.isQuick(job.key)
    }

    private func isQuick(_ lane: Lane) -> Bool {
        guard case .program(let key) = lane else { return false }
        return lanes.isQuick(key)
    }

    /// What goes to a worker with a quick job, if no other worker is to have it.
    func companions(slot: Int) -> [Work] {
        guard quickSlots >= quickLimit else { return [] }
        // The next worker that is done shall find some, too.
        let count = min(Self.mostTogether - 1, (queue.ready + 1) / 2)
        var companions: [Work] = []
        func take(where isWanted: (Work) -> Bool) {
            while companions.count < count, let (next, lane) = queue.next(where: isWanted) {
                waitingSlots.note(slot, for: lane)
                companions.append(next)
            }
        }
        take { isQuick($0) && waitingSlots.knows(slot, $0.lane) }
        take { isQuick($0) }
        return companions
    }

    /// Whether quick jobs wait although a worker does.
    var holdsBack: Bool { queue.ready > 0 && quickSlots >= quickLimit }

    private var quickLimit: Int { min(configuration.quickWorkers, slots.count) }

    /// How many workers have quick jobs: one that is not done soon has one that is not quick after all.
    private var quickSlots: Int {
        let now = ContinuousClock.now
        return slots.count { slot in slot.quickSince.map { now - $0 < JobPatience.others } ?? false }
    }
}
