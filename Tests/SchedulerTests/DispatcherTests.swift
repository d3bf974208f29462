import Foundation
import PageStorage
import Testing
import WorkerProtocol

@testable import Scheduler

@Suite("The jobs that a server holds")
struct DispatcherTests {
    private let dispatcher = Dispatcher(
        SchedulerConfiguration(workers: 1, workerCommand: []), clock: StorageClock())
    private let key = ProgramKey(bytes: UUIDv7.next().bytes)

    @discardableResult
    private func claim(_ count: Int, of key: ProgramKey? = nil, position: Int64 = 1) throws -> [HeldJob] {
        let key = key ?? self.key
        dispatcher.note(ClaimedLane(key: key, posted: position, jobs: [], hasMore: false))
        let jobs = try (0..<count).map { place in
            dispatcher.noteAccepted(key, claimedAt: position)
            let request = request("echo")
            return HeldJob(
                request, try StoredRequest(request), key: key, claim: ServerID(bytes: UUIDv7.next().bytes),
                PostedOutcome.Acceptance(position: position + Int64(place), acceptedAt: 0))
        }
        dispatcher.hold(jobs)
        return jobs
    }

    /// A job as it waits in the storage.
    private func waitingJob(of key: ProgramKey) throws -> QueuedJob {
        let request = request("echo")
        return QueuedJob(
            id: request.id, program: request.program, key: key, request: try StoredRequest(request).bytes, position: 9,
            acceptedAt: 0, startedAt: nil, attempts: 0, isSuspect: false)
    }

    /// Takes all work out as slots would.
    private func take() -> [Work] {
        dispatcher.locked {
            var taken: [Work] = []
            while let (work, _) = dispatcher.queue.next() { taken.append(work) }
            return taken
        }
    }

    private var isIdle: Bool {
        dispatcher.locked { !dispatcher.lanes.idle(before: .now + .seconds(1), orForeign: false, limit: 1).isEmpty }
    }

    @Test("a lane is not given up while jobs wait in it, whatever becomes of those held before the lease was lost")
    func leaseLost() throws {
        _ = try claim(2)
        let old = take()
        #expect(old.count == 1)
        #expect(dispatcher.withdrawAll().count == 2)
        _ = try claim(1, position: 7)
        for work in old { dispatcher.finished(work, duration: nil, hasEnded: false) }
        #expect(!isIdle)
        // What was withdrawn while it waited is not run.
        let rest = take()
        #expect(rest.count == 1)
        for work in rest { #expect(!dispatcher.isOurs(work)) }
    }

    @Test("the age of the oldest job is of those that wait, by the time of their acceptance")
    func oldest() throws {
        #expect(dispatcher.statistics().oldestWaitSeconds == nil)
        dispatcher.note(ClaimedLane(key: key, posted: 1, jobs: [], hasMore: false))
        var waiting = request("echo")
        waiting.createdAt = Timestamp(milliseconds: Timestamp.now().milliseconds - 5000)
        let job = HeldJob(
            waiting, try StoredRequest(waiting), key: key, claim: ServerID(bytes: UUIDv7.next().bytes),
            PostedOutcome.Acceptance(position: 1, acceptedAt: 0))
        dispatcher.hold([job])
        #expect(dispatcher.statistics().oldestWaitSeconds ?? 0 >= 5)
        dispatcher.withdraw(job.id)
        #expect(dispatcher.statistics().oldestWaitSeconds == nil)
    }

    @Test("lanes that were claimed count as long as none of their jobs has begun or gone")
    func unbegunLanes() throws {
        dispatcher.note(OtherServers(count: 1))
        for _ in 0..<3 { try claim(1, of: ProgramKey(bytes: UUIDv7.next().bytes)) }
        dispatcher.noteAccepted(key, claimedAt: nil)
        var moment = ContinuousClock.now
        func claims() -> Int {
            moment += WorkSharing.fairClaimInterval
            return dispatcher.plan(looksForJobs: false, at: moment).claim
        }
        let most = claims()
        let waiting = try waitingJob(of: key)
        dispatcher.note(ClaimedLane(key: key, posted: 1, jobs: [waiting], hasMore: false))
        #expect(claims() == most - 1)
        dispatcher.hold([try HeldJob(waiting, claim: ServerID(bytes: UUIDv7.next().bytes), now: 0)])
        #expect(claims() == most - 1)
        dispatcher.withdraw(waiting.id)
        #expect(claims() == most)
        // One whose job came to nothing.
        let odd = ProgramKey(bytes: UUIDv7.next().bytes)
        dispatcher.note(ClaimedLane(key: odd, posted: 2, jobs: [try waitingJob(of: odd)], hasMore: false))
        #expect(claims() == most - 1)
        dispatcher.noteEnded(odd)
        #expect(claims() == most)
    }

    @Test("new programs are left to servers with nothing to do if there is no worker for them here")
    func intents() throws {
        let slot = dispatcher.addSlot()
        func intent(_ state: Dispatcher.SlotState, _ others: OtherServers) -> PostedJob.Intent? {
            dispatcher.locked { dispatcher.slots[slot].state = state }
            dispatcher.note(others)
            return dispatcher.intents(for: [key]).first
        }
        #expect(intent(.busy, OtherServers()) == .take)
        #expect(intent(.busy, OtherServers(count: 1)) == .take)
        #expect(intent(.busy, OtherServers(count: 1, idle: 1)) == .leave)
        #expect(intent(.idle, OtherServers(count: 1, idle: 1)) == .take)
        // One of this server's own stays with it, lest its jobs change their order.
        try claim(1)
        #expect(intent(.busy, OtherServers(count: 1, idle: 1)) == .hold(posted: 1))
    }

    @Test("a server is idle that has had no job for most of the time, and a worker free")
    func mostlyIdle() throws {
        #expect(!dispatcher.isMostlyIdle())
        let slot = dispatcher.addSlot()
        dispatcher.locked { dispatcher.slots[slot].state = .idle }
        #expect(dispatcher.isMostlyIdle())
        try claim(1)
        dispatcher.locked { dispatcher.timeWithoutJobs = TimeShare(from: .now - .seconds(9)) }
        // One that has just come.
        let other = try claim(1, position: 5)
        #expect(dispatcher.isMostlyIdle())
        #expect(!dispatcher.isMostlyIdle())
        for work in take() { dispatcher.finished(work, duration: nil) }
        #expect(!dispatcher.isMostlyIdle())
        for job in other { dispatcher.withdraw(job.id) }
        dispatcher.locked { _ = dispatcher.timeWithoutJobs.take() }
        #expect(dispatcher.isMostlyIdle())
        dispatcher.locked { dispatcher.slots[slot].state = .busy }
        #expect(!dispatcher.isMostlyIdle())
    }

    @Test("jobs that are given back are named, for those who wait for them")
    func givenBack() throws {
        let jobs = try claim(3)
        dispatcher.note(OtherServers(count: 1))
        #expect(dispatcher.plan(looksForJobs: false).giveBack.jobs.isEmpty)
        dispatcher.note(OtherServers(count: 1, idle: 1))
        let plan = dispatcher.plan(looksForJobs: false)
        #expect(plan.giveBack.lanes == [key] && plan.giveBack.jobs == jobs.map(\.id))
        #expect(jobs.allSatisfy { !dispatcher.isHeld($0.id) })
        // They are not claimed again, until there is a worker for them or nobody else has one.
        #expect(!dispatcher.needsKeeper && dispatcher.plan(looksForJobs: true).claim == 0)
        let slot = dispatcher.addSlot()
        dispatcher.locked { dispatcher.slots[slot].state = .idle }
        #expect(dispatcher.needsKeeper && dispatcher.plan(looksForJobs: false).claim > 0)
        dispatcher.locked { dispatcher.slots[slot].state = .busy }
        dispatcher.note(OtherServers(count: 1))
        #expect(dispatcher.needsKeeper && dispatcher.plan(looksForJobs: false).claim > 0)
    }

    @Test("bytes that are held are all given back")
    func bytes() throws {
        let jobs = try claim(3)
        let bytes = jobs.reduce(0) { $0 + $1.stored.bytes.count }
        #expect(dispatcher.heldBytes == bytes)
        dispatcher.withdraw(jobs[1].id)
        while let work = take().first { dispatcher.finished(work, duration: nil) }
        #expect(dispatcher.heldBytes == 0 && isIdle)
    }
}
