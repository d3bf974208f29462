import PageStorage
import Testing

@testable import Scheduler

@Suite("Lanes that a server holds")
struct LaneBookTests {
    private var book = LaneBook()
    private let lane = key("p")

    /// What is released: nothing has been idle for an hour.
    private func released(fromOthers: Bool = true) -> [ProgramKey] {
        book.idle(before: .now - .seconds(3600), orForeign: fromOthers, limit: 9).map(\.key)
    }

    @Test("a lane that others post to is released as soon as its jobs are done, one that is posted to here is kept")
    mutating func foreign() {
        book.hold(lane, posted: 1)
        book.jobEnded(lane, lane: book.number(of: lane))
        #expect(released().isEmpty)
        // Others have posted two jobs to it.
        book.hold(lane, posted: 2, jobs: 2, hasMore: false)
        book.jobEnded(lane, lane: book.number(of: lane))
        #expect(released().isEmpty)
        book.jobEnded(lane, lane: book.number(of: lane))
        #expect(released() == [lane] && released(fromOthers: false).isEmpty)
        book.hold(lane, posted: 2)
        book.jobEnded(lane, lane: book.number(of: lane))
        #expect(released().isEmpty)
    }

    @Test("jobs of its own that have waited in the storage do not make a lane another server's")
    mutating func own() {
        book.hold(lane, posted: 1)
        book.noteMore(lane)
        book.hold(lane, posted: 2, jobs: 1, hasMore: true)
        book.hold(lane, posted: 3, jobs: 1, hasMore: false)
        for _ in 0..<3 { book.jobEnded(lane, lane: book.number(of: lane)) }
        #expect(released().isEmpty)
        #expect(book.idle(before: .now, orForeign: false, limit: 9).map(\.posted) == [3])
    }

    @Test("a lane is held as of its last number, and by nobody who has more of it in the storage")
    mutating func intents() {
        #expect(book.intent(for: lane, mayTake: true) == .take && book.intent(for: lane, mayTake: false) == .leave)
        book.hold(lane, posted: 1)
        #expect(book.intent(for: lane, mayTake: false) == .hold(posted: 1))
        book.hold(lane, posted: 2, jobs: 3, hasMore: true)
        #expect(book.intent(for: lane, mayTake: true) == .leave && !book.isWanting)
        for _ in 0..<2 { book.jobEnded(lane, lane: book.number(of: lane)) }
        #expect(book.takeWanting(limit: 9) == [lane] && !book.isWanting)
        book.hold(lane, posted: 5, jobs: 0, hasMore: false)
        #expect(book.intent(for: lane, mayTake: true) == .hold(posted: 5))
    }

    private func isIdle(_ lanes: LaneBook) -> Bool {
        !lanes.idle(before: .now + .seconds(1), orForeign: false, limit: 10).isEmpty
    }

    @Test("a lane has nothing to do when all its jobs have ended")
    func idle() {
        var lanes = LaneBook()
        lanes.hold(lane, posted: 5, jobs: 2, hasMore: false)
        let number = lanes.number(of: lane)
        lanes.jobEnded(lane, lane: number)
        #expect(!isIdle(lanes))
        lanes.jobEnded(lane, lane: number)
        #expect(isIdle(lanes))
    }

    @Test(
        "a job that was claimed before the lane was lost is not counted when the lane is held again",
        arguments: [true, false])
    func heldAgain(dropsAll: Bool) {
        var lanes = LaneBook()
        lanes.hold(lane, posted: 5, jobs: 1, hasMore: false)
        let before = lanes.number(of: lane)
        if dropsAll { lanes.dropAll() } else { lanes.drop(lane) }
        #expect(lanes.number(of: lane) == nil)
        lanes.hold(lane, posted: 6, jobs: 1, hasMore: false)
        lanes.jobEnded(lane, lane: before)
        lanes.jobEnded(lane, lane: nil)
        #expect(!isIdle(lanes))
        lanes.jobEnded(lane, lane: lanes.number(of: lane))
        #expect(isIdle(lanes))
    }
}
