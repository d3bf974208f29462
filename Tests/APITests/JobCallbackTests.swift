import Callbacks
import HTTPServer
import PageStorage
import Testing
import WorkerProtocol

@testable import API

@Suite("Jobs with a callback")
struct JobCallbackTests {
    private func service(hosts: [String] = ["hooks.example.com"]) async throws -> Service {
        let service = try await Service(callbacks: CallbackPolicy(allowedHosts: hosts))
        try await service.upload("one")
        return service
    }

    private let job: JSONValue = ["program": "one", "callback_url": "https://hooks.example.com/done?x=1"]

    @Test("the callback goes into the queue with its job")
    func accepted() async throws {
        let service = try await service()
        #expect(try await service.post("/v1/jobs", json: job).status == 200)
        _ = try await service.post("/v1/jobs/batch", json: ["jobs": [job, ["program": "one"]]])
        let urls = service.scheduler.state.withLock { $0.submissions.flatMap { $0.map(\.callbackURL) } }
        #expect(urls == ["https://hooks.example.com/done?x=1", "https://hooks.example.com/done?x=1", nil])
    }

    @Test("a callback that is not allowed is refused with its job, and says why")
    func refused() async throws {
        let service = try await service(hosts: [])
        let answer = try await service.post("/v1/jobs", json: job)
        #expect(try answer.problem() == Problem(422, "callback_not_allowed"))
        #expect(try answer.pointers == ["/callback_url"])
        #expect(try answer.json["detail"]?.string?.contains("not configured") == true)
        let batch = try await service.post("/v1/jobs/batch", json: ["jobs": [["program": "one"], job]])
        #expect(try batch.json["jobs"]?[1]?["problem"]?["errors"]?[0]?["pointer"] == "/jobs/1/callback_url")
        #expect(service.scheduler.requests.count == 1)
    }

    @Test("the answer about a job shows how far its callback is")
    func shown() async throws {
        let service = try await service()
        let request = JobRequest.sample()
        let server = ServerID(bytes: UUIDv7.next().bytes)
        let record = Job.success(request).record
        try await service.storage.withStorage { (storage) throws(StorageError) in
            guard let key = try storage.programInterface(id: "one")?.key else { return }
            _ = try storage.registerServer(server, leaseMs: 60_000)
            let posted = PostedJob(
                id: request.id, program: "one", key: key, request: [], callbackURL: "https://hooks.example.com/",
                intent: .take)
            _ = try storage.postJobs([posted], by: server, wakesOthers: false)
            _ = try storage.recordJob(record, claim: server)
        }
        service.scheduler.state.withLock { $0.jobs[request.id] = .ended(record) }
        #expect(
            try await service.get("/v1/jobs/\(request.id)").json["callback"] == [
                "url": "https://hooks.example.com/", "state": "waiting", "attempts": 0, "last_status": nil,
                "last_error": nil,
            ])
        try await service.storage.withStorage { (storage) throws(StorageError) in
            _ = try storage.claimCallbacks(limit: 1, leaseMs: 1)
            try storage.settleCallback(
                of: request.id, CallbackAttempt(status: 500, failure: "The receiver answered 500."),
                retryAfterMs: nil)
        }
        #expect(
            try await service.get("/v1/jobs/\(request.id)").json["callback"] == [
                "url": "https://hooks.example.com/", "state": "failed", "attempts": 1, "last_status": 500,
                "last_error": "The receiver answered 500.",
            ])
    }
}
