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
            dispatcher.locked { dispatcher.lanes.note(version: nil, isQuick: isQuick, of: key) }
            let request = request("echo")
            var job = HeldJob(
                request, try StoredRequest(request), key: key, claim: ServerID(bytes: UUIDv7.next().bytes),
                PostedOutcome.Acceptance(position: 1, acceptedAt: 0))
            job.isSuspect = isSuspect
            dispatcher.hold([job])
        }
    }

    /// What a slot is given that asks for work.
    private func ask(_ slot: Int) -> [Work] {
        guard case .work(let works) = dispatcher.next(slot: slot) else { return [] }
        return works
    }

    @Test("alone they are run at once; several go together when no other worker is to have them")
    func together() throws {
        try post(0..<20)
        #expect(ask(0).count == 1)
        // Half of what waits, at most eight.
        #expect(ask(1).count == 8)
    }

    @Test("they do not spread over more workers than may have them, and other jobs are not held up")
    func heldBack() throws {
        try post(0..<12)
        _ = ask(0)
        _ = ask(1)
        #expect(dispatcher.locked { dispatcher.holdsBack })
        try post(12..<13, isQuick: false)
        let works = ask(2)
        #expect(works.map { $0.lane } == [.program(keys[12])])
        #expect(dispatcher.locked { dispatcher.queue.waiting } > 0)
    }

    @Test("what is not done soon makes room for others")
    func notQuickAfterAll() throws {
        try post(0..<12)
        _ = ask(0)
        _ = ask(1)
        usleep(20_000)
        #expect(dispatcher.locked { !dispatcher.holdsBack })
        #expect(!ask(2).isEmpty)
    }

    @Test("a worker has rather those that it has run before")
    func known() throws {
        try post(0..<4)
        _ = ask(0)
        let first = ask(1)
        for work in first { dispatcher.finished(work, duration: .zero, isQuick: true) }
        for work in dispatcher.locked({ dispatcher.queue.removeAll() }) {
            dispatcher.locked { dispatcher.forget(work) }
        }
        let known = try #require(first.last?.job).key
        try post(5..<12)
        let place = try #require(keys.firstIndex(of: known))
        try post(place..<place + 1)
        #expect(ask(1).contains { $0.job?.key == known })
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
