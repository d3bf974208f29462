import Testing

@testable import Scheduler

@Suite("Shares of time")
struct TimeShareTests {
    private let start = ContinuousClock.now

    private func after(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test("are of the time since they were asked last")
    func shares() {
        var share = TimeShare(from: start)
        #expect(share.take(at: after(100)) == 1)
        share.end(at: after(150))
        share.begin(at: after(175))
        #expect(share.take(at: after(200)) == 0.75)
        share.end(at: after(225))
        #expect(share.take(at: after(300)) == 0.25)
        #expect(share.take(at: after(400)) == 0)
    }

    @Test("what begins or ends twice does so once")
    func twice() {
        var share = TimeShare(from: start)
        share.begin(at: after(50))
        share.end(at: after(50))
        share.end(at: after(80))
        #expect(share.take(at: after(100)) == 0.5)
    }

    @Test("of no time at all are as it is")
    func noTime() {
        var share = TimeShare(from: start)
        #expect(share.take(at: start) == 1)
        share.end(at: start)
        #expect(share.take(at: start) == 0)
    }
}
