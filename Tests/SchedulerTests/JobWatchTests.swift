import Testing
import WorkerProtocol

@testable import Scheduler

@Suite("Waiting for a job", .timeLimit(.minutes(1)))
struct JobWatchTests {
    private let watch = JobWatch()
    /// No test waits for so long.
    private static let forever = Duration.seconds(3600)

    private func report(of job: String) -> JobReport {
        let request = JobRequest(
            id: job, program: "p", entry: "e", args: [], gasLimit: 1, commit: true, payload: .init(), pages: .numbers,
            timeoutMs: 1, createdAt: .now())
        return JobReport(Job.failed(request, code: "worker_crashed", message: ""))
    }

    @Test("each wait ends at its own time and not before, whatever waits beside it")
    func ownTimes() async {
        let long = watch.ticket(for: "long")
        async let whole: Void = long.wait(within: Self.forever)
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
        await ticket.wait(within: Self.forever)
    }

    @Test("all who wait for a job are told of its end, also who begins to wait after it, and nobody else is")
    func ended() async {
        let waiting = (0..<3).map { _ in watch.ticket(for: "job") }
        let other = watch.ticket(for: "other")
        await withTaskGroup { group in
            for ticket in waiting.dropLast() { group.addTask { await ticket.wait(within: Self.forever) } }
            while !waiting.dropLast().allSatisfy(\.isWaiting) { await Task.yield() }
            watch.ended(report(of: "job"))
        }
        await waiting[2].wait(within: Self.forever)
        for ticket in waiting { #expect(ticket.ended?.summary.id == "job") }
        #expect(other.ended == nil)
        let waited = await ContinuousClock().measure { await other.wait(within: .milliseconds(30)) }
        #expect(waited >= .milliseconds(30))
    }

    @Test("a change is told once: who has waited it out waits for the next one")
    func once() async {
        let ticket = watch.ticket(for: "job")
        watch.changed("job")
        await ticket.wait(within: Self.forever)
        let waited = await ContinuousClock().measure { await ticket.wait(within: .milliseconds(30)) }
        #expect(waited >= .milliseconds(30) && ticket.ended == nil)
        // Also where it ends a wait.
        let waiting = Task { await ticket.wait(within: Self.forever) }
        while !ticket.isWaiting { await Task.yield() }
        watch.changed("job")
        await waiting.value
        let again = await ContinuousClock().measure { await ticket.wait(within: .milliseconds(30)) }
        #expect(again >= .milliseconds(30))
    }

    @Test("a task that is cancelled waits no longer, whether it was cancelled before or while it waits")
    func cancelled() async {
        let ticket = watch.ticket(for: "job")
        let waiting = Task { await ticket.wait(within: Self.forever) }
        while !ticket.isWaiting { await Task.yield() }
        waiting.cancel()
        await waiting.value
        let late = watch.ticket(for: "job")
        let begun = Task {
            while !Task.isCancelled { await Task.yield() }
            await late.wait(within: Self.forever)
        }
        begun.cancel()
        await begun.value
    }

    @Test("a ticket that nobody has any more is forgotten, and the others of its job stay")
    func forgotten() async {
        let kept = watch.ticket(for: "job")
        do { _ = watch.ticket(for: "job") }
        for number in 0..<100 { _ = watch.ticket(for: "job-\(number)") }
        #expect(watch.ticketCount == 1)
        watch.changed("job")
        await kept.wait(within: Self.forever)
    }
}
