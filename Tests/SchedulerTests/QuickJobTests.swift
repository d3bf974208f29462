import Foundation
import PageStorage
import Testing
import WorkerProtocol

@testable import Scheduler

@Suite("Jobs that are done in no time")
struct QuickJobTests {
    private let dispatcher: Dispatcher
    private let keys = (0..<20).map { _ in ProgramKey(bytes: UUIDv7.next().bytes) }

    /// Four workers, two of which have quick jobs.
    init() {
        var configuration = SchedulerConfiguration(workers: 4, workerCommand: [])
        configuration.quickWorkers = 2
        dispatcher = Dispatcher(configuration, clock: StorageClock())
        for _ in 0..<4 { _ = dispatcher.addSlot() }
    }

    private func post(_ places: Range<Int>, isQuick: Bool = true, isSuspect: Bool = false) throws {
        for key in keys[places] {
            dispatcher.noteAccepted(key, claimedAt: 1)
            dispatcher.locked { dispatcher.paces.note(isQuick ? .quick : .long, of: key) }
            let request = request("echo")
            let job = HeldJob(
                request, try StoredRequest(request), key: key, claim: ServerID(bytes: UUIDv7.next().bytes),
                PostedOutcome.Acceptance(position: 1, acceptedAt: 0), isSuspect: isSuspect)
            dispatcher.hold([job])
        }
    }

    /// What a slot is given that asks for work.
    private func ask(_ slot: Int) -> [Work] {
        guard case .work(let works) = dispatcher.next(slot: slot) else { return [] }
        return works
    }

    /// As `ask`, by a slot that has its jobs for no time at all, as far as this test goes on.
    private func askAndHold(_ slot: Int) -> [Work] {
        let works = ask(slot)
        dispatcher.locked { dispatcher.slots[slot].quickSince = .now + .seconds(3600) }
        return works
    }

    @Test("alone they are run at once")
    func alone() throws {
        try post(0..<1)
        #expect(ask(0).count == 1)
    }

    @Test("several go together, and to a further worker only if many more wait")
    func together() throws {
        try post(0..<13)
        #expect(askAndHold(0).count == 8)
        #expect(ask(1).isEmpty)
        try post(13..<14)
        // One and half of what waits: the first worker is done before long.
        #expect(ask(1).count == 1 + 3)
    }

    @Test("they do not spread over more workers than may have them, and other jobs are not held up")
    func heldBack() throws {
        try post(0..<18)
        #expect(askAndHold(0).count == 8)
        #expect(!askAndHold(1).isEmpty)
        #expect(dispatcher.locked { dispatcher.holdsBack })
        try post(18..<19, isQuick: false)
        let works = ask(2)
        #expect(works.map { $0.lane } == [.program(keys[18])])
        #expect(dispatcher.locked { dispatcher.queue.waiting } > 0)
    }

    @Test("what is not done soon makes room for others")
    func notQuickAfterAll() throws {
        try post(0..<12)
        _ = ask(0)
        #expect(dispatcher.locked { dispatcher.holdsBack })
        usleep(20_000)
        #expect(dispatcher.locked { !dispatcher.holdsBack })
        #expect(!ask(2).isEmpty)
    }

    @Test("a slot that waits already looks again soon when jobs begin to wait for a worker that is not done")
    func lookout() async throws {
        let dispatcher = dispatcher
        dispatcher.locked { dispatcher.slots[0].quickSince = .now + .seconds(3600) }
        let look = Task.detached { _ = dispatcher.next(slot: 3) }
        while dispatcher.locked({ dispatcher.waitingSlots.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
        #expect(dispatcher.locked { !dispatcher.slots[3].looksAgainSoon })
        try post(0..<2)
        #expect(dispatcher.locked { dispatcher.slots[3].looksAgainSoon })
        await look.value
    }

    @Test("a worker has rather those that it has run before")
    func known() throws {
        try post(0..<4)
        let first = ask(1)
        for work in first { dispatcher.finished(work, duration: .zero, pace: .quick) }
        for work in dispatcher.locked({ dispatcher.queue.removeAll() }) {
            dispatcher.locked { dispatcher.forget(work) }
        }
        let known = try #require(first.last?.job).key
        try post(5..<20)
        let place = try #require(keys.firstIndex(of: known))
        try post(place..<place + 1)
        #expect(ask(1).contains { $0.job?.key == known })
    }

    @Test("a worker has no others with those that it has run before, if there are some of these")
    func othersLeft() throws {
        try post(0..<8)
        for work in askAndHold(0) { dispatcher.finished(work, duration: .zero, pace: .quick) }
        try post(0..<4)
        try post(8..<16)
        #expect(Set(ask(0).compactMap(\.job?.key)) == Set(keys[0..<4]))
    }

    @Test("a slot that looks again without having run anything is not preferred for it")
    func coldSlots() throws {
        try post(0..<2)
        #expect(ask(0).count == 2)
        dispatcher.locked {
            dispatcher.beginToWait(slot: 0)
            dispatcher.beginToWait(slot: 1)
        }
        #expect(dispatcher.locked { dispatcher.waitingSlots.warmest } == 0)
    }

    @Test("a job that may have ended a server or a worker goes by itself")
    func suspect() throws {
        try post(0..<1)
        _ = ask(0)
        try post(1..<2, isSuspect: true)
        try post(2..<6)
        #expect(ask(1).count == 1)
    }
}
