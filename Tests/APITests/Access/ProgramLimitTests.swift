import HTTPServer
import PageStorage
import Pages
import Testing
import WorkerProtocol

@testable import API

@Suite("A token that is limited to programs")
struct ProgramLimitTests {
    /// Everything there is has been made by an admin; `team` may do everything with its own programs.
    private let root: Service
    private var team: Service { root.bearing(Tokens.text("team")) }

    init() async throws {
        let service = try await Service(
            tokens: try Tokens.keeper(
                Tokens.entry("root", .admin), Tokens.entry("team", .admin, programs: ["team-*", "shared"]),
                Tokens.entry("other", .run, .read)))
        root = service.bearing(Tokens.text("root"))
        for id in ["alpha", "beta", "shared", "team-1", "team-2", "team-3", "teamless", "zeta"] {
            #expect(try await root.upload(id).status == 201)
        }
    }

    @Test("other programs are answered as those that are not there", arguments: ["beta", "nothing"])
    func notThere(id: String) async throws {
        let page = [UInt8](repeating: 1, count: PageSize.gear)
        let answers = [
            try await team.get("/v1/programs/\(id)"), try await team.get("/v1/programs/\(id)/pages"),
            try await team.get("/v1/programs/\(id)/pages/8"),
            try await team.call("PUT", "/v1/programs/\(id)/pages/8", page, type: "application/octet-stream"),
            try await team.call("DELETE", "/v1/programs/\(id)"),
            try await team.post("/v1/jobs", json: ["program": .string(id)]),
            try await team.post("/v1/jobs", json: ["program": .string(id), "entry": "no_such"]),
            try await team.post(
                "/v1/jobs", json: ["program": .string(id)], headers: ["Idempotency-Key": "\"some key\""]),
        ]
        for answer in answers {
            #expect(try answer.problem() == Problem(404, "program_not_found"))
            #expect(try answer.json["detail"]?.string == "There is no program “\(id)”.")
        }
        let batch = try await team.post(
            "/v1/jobs/batch", json: ["jobs": [["program": .string(id)], ["program": "team-1"]]])
        #expect(try batch.json["jobs"]?[0]?["problem"]?["code"] == "program_not_found")
        #expect(try batch.json["jobs"]?[1]?["status"] == 200)
        if id == "beta" { #expect(try await root.get("/v1/programs/beta").status == 200) }
    }

    @Test("a program that is not there is not looked for in the storage, whether it is or not")
    func notLookedFor() async throws {
        let service = try Service.withoutStorage(
            tokens: try Tokens.keeper(Tokens.entry("team", .admin, programs: ["team-*"])))
        let team = service.bearing(Tokens.text("team"))
        #expect(try await team.get("/v1/programs/beta").problem() == Problem(404, "program_not_found"))
        #expect(try await team.call("DELETE", "/v1/programs/beta").problem() == Problem(404, "program_not_found"))
        #expect(try await team.get("/v1/programs/team-1").problem() == Problem(503, "storage_unavailable"))
    }

    @Test("lists hold its programs only, page by page")
    func programs() async throws {
        var ids: [String] = []
        var target = "/v1/programs?limit=2"
        var pages = 0
        while true {
            let json = try await team.get(target).json
            let page = json["programs"]?.elements.compactMap { $0["id"]?.string } ?? []
            #expect(page.count <= 2)
            ids += page
            pages += 1
            guard let cursor = json["next_cursor"]?.string else { break }
            target = "/v1/programs?limit=2&cursor=\(cursor)"
        }
        #expect(ids == ["shared", "team-1", "team-2", "team-3"])
        #expect(pages == 2)
    }

    @Test("jobs of other programs are not there, nor in lists, active or ended")
    func jobs() async throws {
        func job(_ program: String) async throws -> String {
            let answer = try await root.post("/v1/jobs", json: ["program": .string(program)])
            let job = Job.success(try #require(root.scheduler.requests.last))
            try await root.store(job)
            return try #require(try answer.json["id"]?.string)
        }
        let (mine, foreign) = (try await job("team-1"), try await job("beta"))
        root.scheduler.state.withLock { $0.holdsJobs = true }
        var active: [String] = []
        for program in ["beta", "team-2", "zeta", "shared"] {
            let answer = try await root.post(
                "/v1/jobs", json: ["program": .string(program)], headers: ["Prefer": "respond-async"])
            active.append(try #require(try answer.json["id"]?.string))
        }
        for id in [foreign, active[0]] {
            #expect(try await team.get("/v1/jobs/\(id)").problem() == Problem(404, "job_not_found"))
            #expect(try await team.get("/v1/jobs/\(id)?wait=60").problem() == Problem(404, "job_not_found"))
            #expect(try await team.get("/v1/jobs/\(id)/events").problem() == Problem(404, "job_not_found"))
            #expect(try await team.call("DELETE", "/v1/jobs/\(id)").problem() == Problem(404, "job_not_found"))
        }
        #expect(try await root.get("/v1/jobs/\(active[0])").json["state"] == "queued")
        #expect(try await team.get("/v1/jobs/\(mine)").status == 200)

        var listed: [String] = []
        var target = "/v1/jobs?limit=1"
        while true {
            let json = try await team.get(target).json
            listed += json["jobs"]?.elements.compactMap { $0["id"]?.string } ?? []
            guard let cursor = json["next_cursor"]?.string else { break }
            target = "/v1/jobs?limit=1&cursor=\(cursor)"
        }
        #expect(listed == [active[3], active[1], mine])
        #expect(try await team.get("/v1/jobs?program=beta").json["jobs"] == [])
        #expect(try await team.call("DELETE", "/v1/jobs/\(active[1])").status == 200)
    }

    @Test("it uploads under its own ids only, and learns nothing of others", arguments: ["beta", "nothing", ""])
    func upload(id: String) async throws {
        let target = id.isEmpty ? "/v1/programs" : "/v1/programs?id=\(id)"
        let answer = try await team.call("POST", target, Array("module".utf8), type: "application/wasm")
        #expect(try answer.problem() == Problem(403, "forbidden"))
        #expect(try answer.json["detail"]?.string == "The token is limited to programs with other ids.")
        #expect(try await team.upload("team-4").status == 201)
        #expect(try await team.upload("team-1").problem() == Problem(409, "program_exists"))
    }

    @Test("an idempotency key of another token is another key")
    func idempotency() async throws {
        let job: JSONValue = ["program": "shared"]
        let headers: HTTPHeaders = ["Idempotency-Key": "\"k\""]
        let first = try await team.post("/v1/jobs", json: job, headers: headers)
        let again = try await team.post("/v1/jobs", json: job, headers: headers)
        let other = try await root.bearing(Tokens.text("other")).post("/v1/jobs", json: job, headers: headers)
        #expect(again.headers["Idempotency-Replayed"] == "true")
        #expect(try again.json["id"] == first.json["id"])
        #expect(other.headers["Idempotency-Replayed"] == nil)
        #expect(try other.json["id"] != first.json["id"])
    }

    @Test("streams tell of its jobs only, of the past and of the present")
    func events() async throws {
        func end(_ program: String) async throws -> String {
            _ = try await root.post("/v1/jobs", json: ["program": .string(program)])
            let job = Job.success(try #require(root.scheduler.requests.last))
            try await root.store(job)
            return job.id
        }
        let past = [try await end("team-1"), try await end("beta"), try await end("shared")]
        let start = "1-\(UUIDv7.next(at: Timestamp(milliseconds: 1)))"
        var events = try await EventReader(team, "/v1/events", lastEventID: start)
        #expect(try await events.next()?.job["id"] == .string(past[0]))
        #expect(try await events.next()?.job["id"] == .string(past[2]))
        _ = try await end("zeta")
        let present = try await end("team-2")
        #expect(try await events.next()?.job["id"] == .string(present))
        root.api.shutDown()
    }
}
