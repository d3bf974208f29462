import HTTPServer
import PageStorage
import Scheduler
import Testing
import WorkerProtocol

@testable import API

@Suite("Waiting for jobs, or not")
struct JobWaitTests {
    /// A service whose jobs wait until the test ends them.
    private func service(longestWait: Int = 3600) async throws -> Service {
        var limits = APIConfiguration.Limits()
        limits.longestWaitSeconds = longestWait
        let service = try await Service(limits: limits)
        try await service.upload("one")
        service.scheduler.state.withLock { $0.holdsJobs = true }
        return service
    }

    private func post(_ service: Service, prefer: String?) async throws -> Answer {
        var headers = HTTPHeaders()
        headers["Prefer"] = prefer
        return try await service.post("/v1/jobs", json: ["program": "one"], headers: headers)
    }

    @Test(
        "a job that is not waited for to its end is accepted, and says where it is",
        arguments: [
            ("respond-async", "respond-async"), ("wait=0", "wait=0"),
            ("respond-async, wait=0", "respond-async, wait=0"),
        ])
    func async(prefer: String, applied: String) async throws {
        let service = try await service()
        let answer = try await post(service, prefer: prefer)
        #expect(answer.status == 202)
        let id = try #require(try answer.json["id"]?.string)
        #expect(answer.headers["Location"] == "/v1/jobs/\(id)")
        #expect(answer.headers["Preference-Applied"] == applied)
        #expect(answer.headers["Vary"] == "Prefer")
        #expect(try answer.json["state"] == "queued")
        #expect(try await service.get("/v1/jobs/\(id)").json == answer.json)
    }

    @Test("a wait that is over answers with the job as it is then")
    func waitIsOver() async throws {
        let service = try await service(longestWait: 1)
        service.scheduler.state.withLock { $0.run = { Job($0) } }
        async let posted = post(service, prefer: nil)
        let job = try await eventually { service.scheduler.requests.first.map { Job($0) } }
        var running = job
        running.state = .running
        service.scheduler.change(running)
        let answer = try await posted
        #expect(answer.status == 202)
        #expect(try answer.json["state"] == "running")
        #expect(answer.headers["Preference-Applied"] == nil)
    }

    @Test("a job that ends within the wait is answered as if nothing had been preferred")
    func endsInTime() async throws {
        let service = try await service()
        async let posted = post(service, prefer: "respond-async, wait=600")
        let request = try await eventually { service.scheduler.requests.first }
        service.scheduler.finish(.success(request))
        let answer = try await posted
        #expect(answer.status == 200)
        #expect(answer.headers["Location"] == nil)
        #expect(answer.headers["Preference-Applied"] == "wait=600")
        #expect(try answer.json["write_accessed_pages"]?[0]?["data"] != nil)
    }

    @Test("a job that cannot be asked for any more is named in the problem: it was accepted")
    func outage() async throws {
        let service = try await service()
        service.scheduler.state.withLock { $0.outage = .unavailable("cut") }
        let answer = try await post(service, prefer: "wait=5")
        #expect(try answer.problem() == Problem(503, "storage_unavailable"))
        #expect(try answer.json["job"]?.string == service.scheduler.requests.first?.id)
    }

    @Test("a question for a job may wait for its end")
    func longPoll() async throws {
        let service = try await service()
        let job = try await post(service, prefer: "respond-async")
        let id = try #require(try job.json["id"]?.string)
        async let asked = service.get("/v1/jobs/\(id)?wait=60")
        let request = try #require(service.scheduler.requests.first)
        var running = Job(request)
        running.state = .running
        service.scheduler.change(running)
        try await Task.sleep(for: .milliseconds(20))
        service.scheduler.finish(.success(request))
        let answer = try await asked
        #expect(answer.status == 200)
        #expect(try answer.json["state"] == "finished")
        #expect(try answer.json["write_accessed_pages"] == [["page": 8]])
    }

    @Test("a question whose wait is over answers with the job as it is")
    func longPollIsOver() async throws {
        let service = try await service()
        let id = try #require(try await post(service, prefer: "respond-async").json["id"]?.string)
        #expect(try await service.get("/v1/jobs/\(id)?wait=1").json["state"] == "queued")
    }

    @Test("how long a question may wait is bounded", arguments: ["61", "-1", "", "1.5", "x"])
    func longPollBounds(wait: String) async throws {
        let answer = try await service().get("/v1/jobs/0193e5a0-0000-7000-8000-000000000000?wait=\(wait)")
        #expect(try answer.problem() == Problem(422, "invalid_request"))
        #expect(try answer.pointers == ["?wait"])
    }
}

/// What `look` finds at last. A test that waits for what never comes ends with its time limit.
func eventually<Value>(_ look: () async throws -> Value?) async throws -> Value {
    while true {
        if let found = try await look() { return found }
        try await Task.sleep(for: .milliseconds(1))
    }
}
