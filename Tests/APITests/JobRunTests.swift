import Scheduler
import Testing
import WorkerProtocol

@testable import API

@Suite("Running jobs")
struct JobRunTests {
    private func service(
        _ run: @escaping @Sendable (JobRequest) -> Job = { Job.success($0) }
    ) async throws -> Service {
        let service = try await Service()
        try await service.upload("one")
        service.scheduler.state.withLock { $0.run = run }
        return service
    }

    @Test("the answer is the job with every documented field, null where it has nothing to say")
    func answer() async throws {
        let answer = try await service().post("/v1/jobs", json: ["program": "one"])
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == "application/json")
        let json = try answer.json
        #expect(
            json.names == [
                "id", "program", "entry", "state", "outcome", "status", "gas", "memory", "accessed_pages", "faults",
                "write_accessed_pages", "loaded_pages", "results", "reply", "messages", "logs", "committed",
                "program_version", "error", "context", "origin", "created_at", "started_at", "finished_at",
                "timings_us",
                "counters", "callback",
            ])
        #expect(json["callback"] == .null)
        #expect(json["reply"] == .null)
        #expect(json["gas"]?["pages"]?.names.count == 7)
        #expect(json["timings_us"] == ["queued": nil, "load": nil, "execute": nil, "commit": nil])
    }

    @Test("page data comes with the answer, unless only numbers are asked for", arguments: ["data", "numbers"])
    func pageData(pages: String) async throws {
        let answer = try await service().post("/v1/jobs", json: ["program": "one", "pages": .string(pages)])
        let page = try #require(try answer.json["write_accessed_pages"]?[0])
        #expect(page["page"] == 8)
        #expect((page["data"] != nil) == (pages == "data"))
    }

    @Test("a program that ends badly is an answer, not a problem", arguments: JobOutcome.allCases)
    func outcomes(outcome: JobOutcome) async throws {
        let service = try await service { request in
            var job = Job.success(request)
            job.outcome = outcome
            return job
        }
        let answer = try await service.post("/v1/jobs", json: ["program": "one"])
        #expect(answer.status == 200)
        #expect(try answer.json["outcome"] == .string(outcome.rawValue))
    }

    @Test(
        "a failed job is a problem with its code, and names the job",
        arguments: [
            ("storage_unavailable", Problem(503, "storage_unavailable"), "5"),
            ("shutting_down", Problem(503, "shutting_down"), "5"),
            ("worker_crashed", Problem(500, "worker_crashed"), nil),
            ("worker_memory_exceeded", Problem(500, "worker_memory_exceeded"), nil),
            ("page_size_mismatch", Problem(500, "page_size_mismatch"), nil),
            ("page_vanished", Problem(500, "page_vanished"), nil),
            ("commit_conflict", Problem(409, "commit_conflict"), nil),
            ("program_deleted", Problem(409, "program_deleted"), nil),
            ("something_new", Problem(500, "internal_error"), nil),
        ] as [(String, Problem, String?)])
    func failures(code: String, expected: Problem, retryAfter: String?) async throws {
        let service = try await service { Job.failed($0, code: code, message: "why") }
        let answer = try await service.post("/v1/jobs", json: ["program": "one"])
        #expect(try answer.problem() == expected)
        #expect(answer.headers["Retry-After"] == retryAfter)
        #expect(try answer.json["job"]?.string == service.scheduler.requests.first?.id)
    }

    @Test("what the service's own mistake was stays inside")
    func noLeak() async throws {
        let service = try await service { Job.failed($0, code: "internal_error", message: "host db.internal refused") }
        #expect(!(try await service.post("/v1/jobs", json: ["program": "one"]).text.contains("db.internal")))
    }

    @Test("a job that the storage did not take tells whether anything of it may be stored")
    func storageUnavailable() async throws {
        let service = try await service { Job.failed($0, code: "storage_unavailable", message: "no room left") }
        #expect(try await service.post("/v1/jobs", json: ["program": "one"]).json["detail"]?.string == "no room left")
    }

    @Test("a cancelled job is no success")
    func cancelled() async throws {
        let service = try await service { request in
            var job = Job(request)
            job.state = .cancelled
            return job
        }
        let answer = try await service.post("/v1/jobs", json: ["program": "one"])
        #expect(try answer.problem() == Problem(409, "job_cancelled"))
        #expect(try answer.json["job"]?.string == service.scheduler.requests.first?.id)
    }

    @Test("a job that is not taken is told when to come again")
    func tooMany() async throws {
        let service = try await service()
        service.scheduler.state.withLock { $0.error = .tooManyJobs(retryAfter: 3) }
        let answer = try await service.post("/v1/jobs", json: ["program": "one"])
        #expect(try answer.problem() == Problem(503, "too_many_jobs"))
        #expect(answer.headers["Retry-After"] == "3")
    }

    @Test("a job whose program has too many waiting is told so, by the program's name")
    func programBusy() async throws {
        let service = try await service()
        service.scheduler.state.withLock { $0.refusal = { _ in .programBusy(retryAfter: 7) } }
        let answer = try await service.post("/v1/jobs", json: ["program": "one"])
        #expect(try answer.problem() == Problem(503, "too_many_jobs"))
        #expect(answer.headers["Retry-After"] == "7")
        #expect(try answer.json["detail"]?.string?.contains("“one”") == true)
    }

    @Test("a job is found by its id as it is stored")
    func found() async throws {
        let service = try await service()
        let job = Job.success(.sample())
        try await service.store(job)
        let answer = try await service.get("/v1/jobs/\(job.id)")
        #expect(try answer.json == JSONValue(parsing: job.document()).with(["callback": nil]))
        #expect(answer.headers["Content-Type"] == "application/json")
    }

    @Test("a job that runs is found too, without page data")
    func active() async throws {
        let service = try await service()
        var job = Job.success(.sample())
        job.state = .running
        service.scheduler.change(job)
        let json = try await service.get("/v1/jobs/\(job.id)").json
        #expect(json["state"] == "running")
        #expect(json["write_accessed_pages"] == [["page": 8]])
    }

    @Test("a job that is not there is 404", arguments: ["not-a-uuid", "%00", "0193e5a0-0000-7000-8000-000000000000"])
    func notFound(id: String) async throws {
        #expect(try await service().get("/v1/jobs/\(id)").problem() == Problem(404, "job_not_found"))
    }
}

extension JobRequest {
    static func sample(program: String = "one", createdAt: Int64 = 0) -> JobRequest {
        JobRequest(
            id: UUIDv7.next().description, program: program, entry: "handle", args: [], gasLimit: 1, commit: true,
            payload: .init(), pages: .data, timeoutMs: 1, createdAt: Timestamp(milliseconds: createdAt))
    }
}
