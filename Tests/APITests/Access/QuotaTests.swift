import HTTPServer
import PageStorage
import Synchronization
import Testing
import WorkerProtocol

@testable import API

@Suite("Jobs and gas that a token may have a day")
struct QuotaTests {
    /// Half past eleven in the evening.
    private static let evening = Timestamp(rfc3339: "2026-03-01T23:30:00Z") ?? .now()

    private final class Clock: Sendable {
        let time = Mutex(QuotaTests.evening)
        func now() -> Timestamp { time.withLock { $0 } }
    }

    private func keeper() throws -> TokenKeeper {
        try Tokens.keeper(
            Tokens.entry("three", .run, .read, limits: ["jobs_per_day": 3]),
            Tokens.entry("gas", .run, limits: ["gas_per_day": 1000]), Tokens.entry("free", .admin))
    }

    private func service(_ clock: Clock = Clock()) async throws -> Service {
        let service = try await Service(tokens: try keeper(), now: clock.now)
        try await service.bearing(Tokens.text("free")).upload("p")
        return service
    }

    private func post(_ service: Service, _ token: String, _ headers: HTTPHeaders = [:]) async throws -> Answer {
        try await service.bearing(Tokens.text(token)).post("/v1/jobs", json: ["program": "p"], headers: headers)
    }

    @Test("a job too many is 429 until the day is over, and other tokens are not touched")
    func jobs() async throws {
        let clock = Clock()
        let service = try await service(clock)
        for _ in 0..<3 { #expect(try await post(service, "three").status == 200) }
        let answer = try await post(service, "three")
        #expect(try answer.problem() == Problem(429, "quota_exceeded"))
        #expect(answer.headers["Retry-After"] == "1800")
        #expect(service.scheduler.requests.count == 3)
        #expect(try await post(service, "free").status == 200)
        #expect(try await service.bearing(Tokens.text("three")).get("/v1/jobs").status == 200)
        clock.time.withLock { $0.milliseconds += 1_800_000 }
        #expect(try await post(service, "three").status == 200)
    }

    @Test("what was not accepted, or was posted before, does not count")
    func notCounted() async throws {
        let service = try await service()
        let key: HTTPHeaders = ["Idempotency-Key": "\"k\""]
        for _ in 0..<5 { #expect(try await post(service, "three", key).status == 200) }
        service.scheduler.state.withLock { $0.refusal = { _ in .programBusy(retryAfter: 1) } }
        for _ in 0..<5 { #expect(try await post(service, "three").status == 503) }
        service.scheduler.state.withLock { $0.refusal = { _ in nil } }
        service.scheduler.state.withLock { $0.error = .shuttingDown }
        for _ in 0..<5 { #expect(try await post(service, "three").status == 503) }
        service.scheduler.state.withLock { $0.error = nil }
        let bearer = service.bearing(Tokens.text("three"))
        for _ in 0..<5 { #expect(try await bearer.post("/v1/jobs", json: ["program": "none"]).status == 404) }
        for status in [200, 200, 429] { #expect(try await post(service, "three").status == status) }
    }

    @Test("each job of a batch counts, and those over the quota are refused one by one")
    func batch() async throws {
        let service = try await service().bearing(Tokens.text("three"))
        let jobs = JSONValue.array((0..<5).map { _ in ["program": "p"] })
        let answer = try await service.post("/v1/jobs/batch", json: ["jobs": jobs])
        #expect(answer.status == 200)
        let statuses = try answer.json["jobs"]?.elements.map { $0["status"] }
        #expect(statuses == [200, 200, 200, 429, 429])
        #expect(try answer.json["jobs"]?[4]?["problem"]?["code"] == "quota_exceeded")
    }

    @Test("gas counts when a job has ended, whoever accepted it")
    func gas() async throws {
        let service = try await service()
        var job = Job.success(.sample())
        job.gas = Gas(limit: 2000, left: 1001, pages: .init())
        job.origin = JobOrigin(requestId: "r", token: "gas", traceparent: "")
        service.usage?.observe(job: JobSummary(job))
        #expect(try await post(service, "gas").status == 200)
        job.gas = Gas(limit: 1, left: 0, pages: .init())
        service.usage?.observe(job: JobSummary(job))
        #expect(try await post(service, "gas").problem() == Problem(429, "quota_exceeded"))
        #expect(try await post(service, "three").status == 200)
    }

    @Test("servers on one storage count together, and a new one knows what was used")
    func together() async throws {
        let first = try await service()
        #expect(try await post(first, "three").status == 200)
        await first.usage?.share()
        let second = try Service(sharing: first, tokens: try keeper(), now: Clock().now)
        #expect(try await post(second, "three").status == 200)
        await second.usage?.share()
        await first.usage?.share()
        #expect(try await post(first, "three").status == 200)
        #expect(try await post(first, "three").status == 429)
        await first.usage?.share()
        await second.usage?.share()
        #expect(try await post(second, "three").status == 429)
    }

    @Test("where it cannot be known what was used nothing is accepted")
    func outage() async throws {
        let keeper = try keeper()
        let service = try Service.withoutStorage(tokens: keeper)
        let usage = try #require(service.usage)
        let three = try #require(keeper.book.entry(of: Tokens.text("three"))).caller
        let error = await #expect(throws: HTTPError.self) { try await usage.take(three) }
        #expect(error?.code == "storage_unavailable")
        try await usage.take(try #require(keeper.book.entry(of: Tokens.text("free"))).caller)
    }
}
