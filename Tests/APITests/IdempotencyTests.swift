import HTTPServer
import PageStorage
import Pages
import Testing
import WorkerProtocol

@testable import API

@Suite("Idempotency keys")
struct IdempotencyTests {
    private func service() async throws -> Service {
        let service = try await Service()
        try await service.upload("one")
        return service
    }

    private func post(
        _ service: Service, key: String = "\"k\"", _ path: String = "/v1/jobs", _ job: JSONValue = ["program": "one"],
        prefer: String? = nil
    ) async throws -> Answer {
        var headers: HTTPHeaders = ["Idempotency-Key": key]
        headers["Prefer"] = prefer
        return try await service.post(path, json: job, headers: headers)
    }

    @Test("the same request with the same key is answered with the same job, which runs once")
    func repeated() async throws {
        let service = try await service()
        let first = try await post(service)
        #expect(first.status == 200 && first.headers["Idempotency-Replayed"] == nil)
        for key in ["\"k\"", "k", " \"k\" "] {
            let again = try await post(service, key: key)
            #expect(again.status == 200)
            #expect(try again.json == first.json)
            #expect(again.headers["Idempotency-Replayed"] == "true")
        }
        #expect(service.scheduler.requests.count == 1)
        #expect(try await post(service, key: "other").json["id"] != first.json["id"])
    }

    @Test("the same key with another request is refused")
    func reused() async throws {
        let service = try await service()
        _ = try await post(service)
        let other = try await post(service, "/v1/jobs", ["program": "one", "gas_limit": 1])
        #expect(try other.problem() == Problem(422, "idempotency_key_reused"))
        let batch = try await post(service, "/v1/jobs/batch", ["jobs": [["program": "one"], ["program": "one"]]])
        #expect(try batch.problem() == Problem(422, "idempotency_key_reused"))
        #expect(service.scheduler.requests.count == 1)
    }

    @Test("while the first job runs, the same request waits for it, or does not")
    func running() async throws {
        let service = try await service()
        service.scheduler.state.withLock { $0.holdsJobs = true }
        let first = try await post(service, prefer: "respond-async")
        let again = try await post(service, prefer: "respond-async")
        #expect(again.status == 202)
        #expect(try again.json == first.json)
        #expect(again.headers["Location"] == first.headers["Location"])
        async let waiting = post(service)
        service.scheduler.finish(.success(try #require(service.scheduler.requests.first)))
        let ended = try await waiting
        #expect(ended.status == 200)
        #expect(try ended.json["id"] == first.json["id"])
    }

    @Test("a job that failed is answered as it was the first time")
    func failed() async throws {
        let service = try await service()
        service.scheduler.state.withLock { $0.run = { .failed($0, code: "worker_crashed", message: "") } }
        let first = try await post(service)
        let again = try await post(service)
        #expect(try first.problem() == Problem(500, "worker_crashed"))
        #expect(try again.problem() == Problem(500, "worker_crashed"))
        #expect(try again.json["job"] == first.json["job"])
        #expect(again.headers["Idempotency-Replayed"] == "true")
    }

    @Test("what was refused is not remembered")
    func refused() async throws {
        let service = try await service()
        #expect(try await post(service, "/v1/jobs", ["program": "two"]).problem() == Problem(404, "program_not_found"))
        #expect(try await post(service, "/v1/jobs", ["program": "one", "args": 1]).status == 422)
        #expect(try await post(service).status == 200)
    }

    @Test("the first answer is given again even when the request would be refused by now")
    func programDeleted() async throws {
        let service = try await service()
        let first = try await post(service)
        #expect(try await service.call("DELETE", "/v1/programs/one").status == 204)
        let again = try await post(service)
        #expect(try again.json == first.json)
        let other = try await post(service, "/v1/jobs", ["program": "one", "gas_limit": 1])
        #expect(try other.problem() == Problem(422, "idempotency_key_reused"))
        #expect(try await post(service, key: "new").problem() == Problem(404, "program_not_found"))
    }

    @Test("a batch has one key for all its jobs")
    func batch() async throws {
        let service = try await service()
        let jobs: JSONValue = ["jobs": [["program": "one"], ["program": "no"], ["program": "one", "gas_limit": 7]]]
        let first = try await post(service, "/v1/jobs/batch", jobs)
        let again = try await post(service, "/v1/jobs/batch", jobs)
        #expect(again.status == 200)
        #expect(again.headers["Idempotency-Replayed"] == "true")
        #expect(try again.json == first.json)
        #expect(service.scheduler.requests.count == 2)
        let longer: JSONValue = ["jobs": .array(Array(repeating: ["program": "one"], count: 5))]
        #expect(
            try await post(service, "/v1/jobs/batch", longer).problem() == Problem(422, "idempotency_key_reused"))
        #expect(service.scheduler.requests.count == 2, "nothing of it was accepted")
    }

    @Test("page data is answered again, and of a job that ran elsewhere, as long as the pages are as the job left them")
    func pageData() async throws {
        let service = try await service()
        let key = try #require(
            try await service.storage.withStorage { (storage) throws(StorageError) in
                try storage.programInterface(id: "one")?.key
            })
        let first = try await post(service)
        let data = try #require(try first.json["write_accessed_pages"]?[0]?["data"])
        var job = Job.success(try #require(service.scheduler.requests.first))
        job.context = StatedContext().resolved(
            job: try #require(UUIDv7(job.id)), program: key.bytes, createdAt: job.createdAt)
        let bytes = Array(try #require(job.writeAccessedPages[0].data))
        let put: @Sendable () async throws -> Int64? = {
            try await service.storage.withStorage { (storage) throws(StorageError) in
                try storage.putPage(of: key, page: 8, bytes: bytes)
            }
        }
        job.programVersion = try await put()
        try await service.store(job)
        #expect(try await post(service).json["write_accessed_pages"]?[0]?["data"] == data)
        let stored = job
        service.scheduler.state.withLock { state in
            state.endsElsewhere = { request in
                var job = stored
                job.id = request.id
                return job.record
            }
        }
        for (pages, expected) in [("data", data), ("numbers", JSONValue?.none)] {
            let answer = try await service.post("/v1/jobs", json: ["program": "one", "pages": .string(pages)])
            #expect(answer.status == 200)
            #expect(try answer.json["write_accessed_pages"]?[0]?["data"] == expected)
        }
        _ = try await put()
        #expect(try await post(service).json["write_accessed_pages"] == [["page": 8]])
        #expect(try await service.get("/v1/jobs/\(job.id)").json["write_accessed_pages"] == [["page": 8]])
    }

    @Test(
        "what is no key is refused",
        arguments: [
            "", "\"\"", "\"", "\"a", "a\"", "\"a\"b", "\"a\";p=1", "a b", "a,b", "\"\\x\"", "é", "\"é\"",
            "\"" + String(repeating: "k", count: 256) + "\"", String(repeating: "k", count: 256), "\"a\u{7F}\"",
        ])
    func malformed(key: String) async throws {
        let service = try await service()
        #expect(try await post(service, key: key).problem() == Problem(400, "idempotency_key_invalid"))
        #expect(service.scheduler.requests.isEmpty)
    }

    @Test("two keys are no key")
    func two() async throws {
        var headers = HTTPHeaders()
        headers.append("Idempotency-Key", "a")
        headers.append("Idempotency-Key", "b")
        let answer = try await service().post("/v1/jobs", json: ["program": "one"], headers: headers)
        #expect(try answer.problem() == Problem(400, "idempotency_key_invalid"))
    }

    @Test("escapes in a key are read, and the longest key is taken")
    func quoting() async throws {
        let service = try await service()
        #expect(try await post(service, key: #""a\"\\ b""#).status == 200)
        #expect(service.scheduler.state.withLock { $0.keys.keys.first } == #"a"\ b"#)
        #expect(try await post(service, key: String(repeating: "k", count: 255)).status == 200)
    }
}
