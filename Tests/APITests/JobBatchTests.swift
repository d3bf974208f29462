import HTTPServer
import Scheduler
import Testing
import WorkerProtocol

@testable import API

@Suite("Batches of jobs")
struct JobBatchTests {
    private func service(batchJobs: Int = 1000) async throws -> Service {
        var limits = APIConfiguration.Limits()
        limits.batchJobs = batchJobs
        let service = try await Service(limits: limits)
        try await service.upload("one")
        try await service.upload("two")
        return service
    }

    private func items(_ answer: Answer) throws -> [JSONValue] { try #require(try answer.json["jobs"]).elements }

    @Test("every job is answered in its place, with the status that it would have on its own")
    func oneByOne() async throws {
        let service = try await service()
        service.scheduler.state.withLock { state in
            state.run = { $0.entry == "add" ? .failed($0, code: "worker_crashed", message: "") : .success($0) }
        }
        let answer = try await service.post(
            "/v1/jobs/batch",
            json: [
                "jobs": [
                    ["program": "one"], ["program": "none-such"], ["program": "two", "entry": "none"],
                    ["program": "two", "entry": "add", "args": [1, 2]], ["program": "one", "gaslimit": 1], 5,
                    ["program": "one", "entry": "add", "args": [1, 1.5]], ["program": "two"],
                ]
            ])
        #expect(answer.status == 200)
        #expect(answer.headers["Vary"] == "Prefer")
        let items = try items(answer)
        #expect(items.map { $0["status"] } == [200, 404, 422, 500, 422, 422, 422, 200])
        #expect(items.map { ($0["job"] != nil) != ($0["problem"] != nil) } == Array(repeating: true, count: 8))
        #expect(
            items.map { $0["problem"]?["code"]?.string } == [
                nil, "program_not_found", "entry_not_found", "worker_crashed", "unknown_field", "invalid_request",
                "invalid_request", nil,
            ])
        #expect(
            items.map { $0["problem"]?["errors"]?[0]?["pointer"]?.string } == [
                nil, nil, "/jobs/2/entry", nil, "/jobs/4/gaslimit", "/jobs/5", "/jobs/6/args/1", nil,
            ])
        #expect(items[0]["job"]?["program"] == "one" && items[7]["job"]?["program"] == "two")
        #expect(items[3]["problem"]?["job"]?.string == service.scheduler.requests[1].id)
        #expect(service.scheduler.state.withLock { $0.submissions.map(\.count) } == [3], "one write for all")
    }

    @Test("jobs of another program than the address names are refused")
    func routedProgram() async throws {
        let service = try await service()
        let answer = try await service.post(
            "/v1/jobs/batch?program=one", json: ["jobs": [["program": "one"], ["program": "two"]]])
        let items = try items(answer)
        #expect(items.map { $0["status"] } == [200, 422])
        #expect(items[1]["problem"]?["errors"]?[0]?["pointer"] == "?program")
        #expect(service.scheduler.requests.map(\.program) == ["one"])
    }

    @Test("an answer has page numbers only, and data cannot be asked for")
    func pages() async throws {
        let service = try await service()
        let answer = try await service.post(
            "/v1/jobs/batch", json: ["jobs": [["program": "one"], ["program": "one", "pages": "data"]]])
        let items = try items(answer)
        #expect(items[0]["job"]?["write_accessed_pages"] == [["page": 8]])
        #expect(items[1]["problem"]?["errors"]?[0]?["pointer"] == "/jobs/1/pages")
    }

    @Test(
        "a batch that is not waited for is 202, and its jobs are found by their ids",
        arguments: ["respond-async", "wait=0"])
    func async(prefer: String) async throws {
        let service = try await service()
        service.scheduler.state.withLock { $0.holdsJobs = true }
        let answer = try await service.post(
            "/v1/jobs/batch", json: ["jobs": [["program": "one"], ["program": "no"], ["program": "two"]]],
            headers: ["Prefer": prefer])
        #expect(answer.status == 202)
        #expect(answer.headers["Preference-Applied"] == prefer)
        let items = try items(answer)
        #expect(items.map { $0["status"] } == [202, 404, 202])
        for id in [items[0], items[2]].compactMap({ $0["job"]?["id"]?.string }) {
            #expect(try await service.get("/v1/jobs/\(id)").json["state"] == "queued")
        }
    }

    @Test("a batch is waited for as a whole, and is 202 while one of its jobs has not ended")
    func wait() async throws {
        let service = try await service()
        service.scheduler.state.withLock { $0.holdsJobs = true }
        async let posted = service.post(
            "/v1/jobs/batch", json: ["jobs": [["program": "one"], ["program": "two"]]], headers: ["Prefer": "wait=1"])
        let requests = try await eventually { service.scheduler.requests.count == 2 ? service.scheduler.requests : nil }
        service.scheduler.finish(.success(requests[1]))
        let answer = try await posted
        #expect(answer.status == 202)
        #expect(try items(answer).map { $0["status"] } == [202, 200])
    }

    @Test(
        "what is wrong with the batch itself is refused as a whole",
        arguments: [
            (["jobs": []], "invalid_request", "/jobs"), ([:], "invalid_request", "/jobs"),
            (["jobs": 1], "invalid_request", "/jobs"), (["jobs": [1, 2, 3, 4]], "invalid_request", "/jobs"),
            (["jobs": [["program": "one"]], "pages": "data"], "unknown_field", "/pages"), ([1], "invalid_request", ""),
        ] as [(JSONValue, String, String)])
    func wrong(body: JSONValue, code: String, pointer: String) async throws {
        let service = try await service(batchJobs: 3)
        let answer = try await service.post("/v1/jobs/batch", json: body)
        #expect(try answer.problem() == Problem(422, code))
        #expect(try answer.pointers == [pointer])
        #expect(service.scheduler.requests.isEmpty)
    }

    @Test("where the service takes no job at all, the batch is refused as a whole")
    func tooMany() async throws {
        let service = try await service()
        service.scheduler.state.withLock { $0.error = .tooManyJobs(retryAfter: 9) }
        let answer = try await service.post("/v1/jobs/batch", json: ["jobs": [["program": "one"]]])
        #expect(try answer.problem() == Problem(503, "too_many_jobs"))
        #expect(answer.headers["Retry-After"] == "9")
    }

    @Test("a thousand jobs fit into a batch")
    func thousand() async throws {
        let service = try await service()
        let job: JSONValue = [
            "program": "one", "entry": "add", "args": [1, 2], "gas_limit": 5, "context": ["value": 1],
        ]
        let answer = try await service.post(
            "/v1/jobs/batch", json: ["jobs": .array(Array(repeating: job, count: 1000))])
        #expect(answer.status == 200)
        #expect(try JSONValue(parsing: answer.body, mostValues: 1_000_000)["jobs"]?.elements.count == 1000)
        #expect(Set(service.scheduler.requests.map(\.id)).count == 1000)
    }
}
