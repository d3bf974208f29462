import Testing

@testable import PageStorage

@Suite("Back-off")
struct BackoffTests {
    @Test("waits double up to the longest, each cut by less than half")
    func growth() {
        var backoff = Backoff(total: .seconds(3600))
        for longest in [10, 20, 40, 80, 160, 320, 500, 500] {
            let wait = backoff.next() ?? .zero
            #expect(wait >= .milliseconds(longest) / 2 && wait <= .milliseconds(longest))
        }
    }

    @Test("no wait ends beyond the total")
    func end() {
        var backoff = Backoff(total: .milliseconds(30))
        var rounds = 0
        while backoff.sleep() { rounds += 1 }
        #expect((1...10).contains(rounds))
        #expect(backoff.next() == nil)
    }
}
