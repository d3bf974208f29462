import Testing

@testable import API

@Suite("Limits of a token's requests")
struct RateLimitTests {
    @Test("a second's worth is let through at once, then one each time that one's worth of time has gone by")
    func bucket() {
        let start = ContinuousClock.now
        var bucket = TokenBucket(rate: 4, now: start)
        for _ in 0..<4 { #expect(bucket.take(rate: 4, now: start) == nil) }
        #expect(bucket.take(rate: 4, now: start) == .milliseconds(250))
        #expect(bucket.take(rate: 4, now: start + .milliseconds(100)) == .milliseconds(150))
        #expect(bucket.take(rate: 4, now: start + .milliseconds(250)) == nil)
        #expect(bucket.take(rate: 4, now: start + .milliseconds(250)) == .milliseconds(250))
        for _ in 0..<4 { #expect(bucket.take(rate: 4, now: start + .seconds(60)) == nil) }
        #expect(bucket.take(rate: 4, now: start + .seconds(60)) != nil)
    }

    @Test("less than one a second is one at once, and then a longer wait")
    func slow() {
        let start = ContinuousClock.now
        var bucket = TokenBucket(rate: 0.1, now: start)
        #expect(bucket.take(rate: 0.1, now: start) == nil)
        #expect(bucket.take(rate: 0.1, now: start) == .seconds(10))
        #expect(bucket.take(rate: 0.1, now: start + .seconds(10)) == nil)
    }

    @Test("a token over its rate is 429 with the seconds to wait, and others are not touched")
    func limited() async throws {
        let service = try await Service(
            tokens: try Tokens.keeper(
                Tokens.entry("slow", .read, limits: ["requests_per_second": 0.01]), Tokens.entry("fast", .read)))
        let slow = service.bearing(Tokens.text("slow"))
        #expect(try await slow.get("/v1/info").status == 200)
        let answer = try await slow.get("/v1/info")
        #expect(try answer.problem() == Problem(429, "rate_limited"))
        #expect((90...100).contains(Int(answer.headers["Retry-After"] ?? "") ?? 0))
        #expect(try await slow.get("/healthz").status == 200)
        for _ in 0..<9 { #expect(try await service.bearing(Tokens.text("fast")).get("/v1/info").status == 200) }
    }
}
