import PageStorage
import Testing
import WorkerProtocol

@testable import Scheduler

@Suite("The lanes that a server holds")
struct LaneBookTests {
    private let key = ProgramKey(bytes: UUIDv7.next().bytes)

    private func isIdle(_ lanes: LaneBook) -> Bool {
        !lanes.idle(before: .now + .seconds(1), limit: 10).isEmpty
    }

    @Test("a lane has nothing to do when all its jobs have ended")
    func idle() {
        var lanes = LaneBook()
        lanes.hold(key, posted: 5, jobs: 2, hasMore: false)
        let number = lanes.number(of: key)
        lanes.jobEnded(key, lane: number)
        #expect(!isIdle(lanes))
        lanes.jobEnded(key, lane: number)
        #expect(isIdle(lanes))
    }

    @Test(
        "a job that was claimed before the lane was lost is not counted when the lane is held again",
        arguments: [true, false])
    func heldAgain(dropsAll: Bool) {
        var lanes = LaneBook()
        lanes.hold(key, posted: 5, jobs: 1, hasMore: false)
        let before = lanes.number(of: key)
        if dropsAll { lanes.dropAll() } else { lanes.drop(key) }
        #expect(lanes.number(of: key) == nil)
        lanes.hold(key, posted: 6, jobs: 1, hasMore: false)
        lanes.jobEnded(key, lane: before)
        lanes.jobEnded(key, lane: nil)
        #expect(!isIdle(lanes))
        lanes.jobEnded(key, lane: lanes.number(of: key))
        #expect(isIdle(lanes))
    }
}
