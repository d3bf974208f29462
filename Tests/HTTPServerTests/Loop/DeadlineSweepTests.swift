import Testing

@testable import HTTPServer

@Suite struct DeadlineSweepTests {
    private let start = ContinuousClock.now

    @Test("a sweep is due at the earliest deadline, and not again until it is told of one that is to come")
    func earliest() {
        var sweep = DeadlineSweep()
        #expect(sweep.next == nil)
        sweep.add(start + .seconds(10))
        sweep.add(start + .seconds(2))
        sweep.add(start + .seconds(5))
        #expect(sweep.next == start + .seconds(2))
        let early = sweep.start(start + .seconds(1))
        let due = sweep.start(start + .seconds(2))
        let again = sweep.start(start + .seconds(20))
        #expect(!early && due && !again)
    }

    @Test("however many deadlines there are, sweeps keep their distance")
    func distance() {
        var sweep = DeadlineSweep()
        sweep.add(start)
        _ = sweep.start(start)
        sweep.add(start + .milliseconds(1))
        #expect(sweep.next == start + DeadlineSweep.interval)
    }
}
