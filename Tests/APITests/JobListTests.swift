import Testing
import WorkerProtocol

@testable import API

@Suite("Listing jobs")
struct JobListTests {
    private func ids(_ service: Service, _ target: String) async throws -> [String] {
        try await service.get(target).json["jobs"]?.elements.compactMap { $0["id"]?.string } ?? []
    }

    private func job(
        _ state: JobState, outcome: JobOutcome? = nil, program: String = "one", createdAt: Int64 = 0
    ) -> Job {
        var job = Job.success(.sample(program: program, createdAt: createdAt))
        job.state = state
        job.outcome = outcome
        return job
    }

    @Test("jobs that are stored and jobs that run make one list, newest first, without page data")
    func merged() async throws {
        let service = try await Service()
        let jobs = [job(.finished), job(.running), job(.finished), job(.queued)]
        for job in jobs where job.state == .finished { try await service.store(job) }
        for job in [jobs[3], jobs[1]] { service.scheduler.change(job) }
        let answer = try await service.get("/v1/jobs")
        #expect(answer.headers["Content-Type"] == "application/json")
        let listed = try #require(try answer.json["jobs"]?.elements)
        #expect(listed.compactMap { $0["id"]?.string } == jobs.reversed().map(\.id))
        #expect(listed.allSatisfy { $0["write_accessed_pages"] == [["page": 8]] })
        #expect(try answer.json["next_cursor"] == .null)
    }

    @Test("a job on both sides is listed once, as it is stored")
    func once() async throws {
        let service = try await Service()
        var both = job(.finished, outcome: .success)
        try await service.store(both)
        both.state = .running
        service.scheduler.change(both)
        let listed = try await service.get("/v1/jobs").json["jobs"]?.elements ?? []
        #expect(listed.map { $0["state"] } == ["finished"])
    }

    @Test("the list goes on behind its cursor, across both sides", arguments: [1, 2, 3, 5, 6])
    func paging(limit: Int) async throws {
        let service = try await Service()
        let jobs = (0..<6).map { job($0.isMultiple(of: 2) ? .finished : .queued) }
        for job in jobs where job.state == .finished { try await service.store(job) }
        for job in jobs where job.state == .queued { service.scheduler.change(job) }
        var seen: [String] = []
        var answers = 0
        var cursor: String?
        repeat {
            let suffix = cursor.map { "&cursor=\($0)" } ?? ""
            let json = try await service.get("/v1/jobs?limit=\(limit)\(suffix)").json
            let found = json["jobs"]?.elements.compactMap { $0["id"]?.string } ?? []
            #expect(found.count <= limit)
            seen += found
            cursor = json["next_cursor"]?.string
            answers += 1
        } while cursor != nil && answers < 10
        #expect(seen == jobs.reversed().map(\.id))
        #expect(answers == (6 + limit - 1) / limit)
    }

    @Test("filters apply to both sides")
    func filters() async throws {
        let service = try await Service()
        let stored = [
            job(.finished, outcome: .trap, program: "a", createdAt: 1000),
            job(.finished, outcome: .success, program: "b", createdAt: 2000),
            job(.failed, program: "a", createdAt: 3000),
        ]
        let active = [
            job(.running, program: "a", createdAt: 4000), job(.queued, program: "b", createdAt: 5000),
        ]
        for job in stored { try await service.store(job) }
        for job in active { service.scheduler.change(job) }
        func expect(_ query: String, _ jobs: [Job]) async throws {
            #expect(try await ids(service, "/v1/jobs?\(query)") == jobs.map(\.id), "\(query)")
        }
        try await expect("program=a", [active[0], stored[2], stored[0]])
        try await expect("program=none", [])
        try await expect("state=finished", [stored[1], stored[0]])
        try await expect("state=running", [active[0]])
        try await expect("outcome=trap", [stored[0]])
        try await expect("since=1970-01-01T00:00:03Z", [active[1], active[0], stored[2]])
        try await expect("since=1970-01-01T00:00:04.001Z", [active[1]])
        try await expect("program=b&state=queued", [active[1]])
    }
}
