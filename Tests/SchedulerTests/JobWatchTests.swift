import Testing

@testable import Scheduler

@Suite("Waiting for a job", .timeLimit(.minutes(1)))
struct JobWatchTests {
    private let watch = JobWatch()

    @Test("each wait ends at its own time and not before, whatever waits beside it")
    func ownTimes() async {
        let long = watch.ticket(for: "long")
        async let whole: Void = long.wait(within: .seconds(3600))
        await withTaskGroup { group in
            for milliseconds in [200, 50, 120, 0, 50] {
                group.addTask {
                    let limit = Duration.milliseconds(milliseconds)
                    let ticket = watch.ticket(for: "short")
                    let waited = await ContinuousClock().measure { await ticket.wait(within: limit) }
                    #expect(waited >= limit)
                }
            }
        }
        watch.changed("long")
        await whole
    }

    @Test("a ticket waits again after its time was over")
    func again() async {
        let ticket = watch.ticket(for: "job")
        for _ in 0..<3 {
            let waited = await ContinuousClock().measure { await ticket.wait(within: .milliseconds(30)) }
            #expect(waited >= .milliseconds(30))
        }
        watch.changed("job")
        await ticket.wait(within: .seconds(3600))
    }
}
