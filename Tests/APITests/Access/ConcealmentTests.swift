import Foundation
import HTTPServer
import Pages
import Testing
import WorkerProtocol

@testable import API

/// `team` may do everything with its own programs, and could once with all; `other` has made what `team` must not see.
@Suite("What a token must not see")
struct ConcealmentTests {
    private let service: Service
    private let folder = TemporaryFolder()
    private var team: Service { service.bearing(Tokens.text("team")) }
    private var other: Service { service.bearing(Tokens.text("other")) }

    /// An id of what is there for others, and one of the same length of what is not there for anybody.
    private struct Pair {
        var hidden: String
        var absent: String
    }

    private let programs = Pair(hidden: "theirs-1", absent: "nowhere1")
    private let endedJobs: Pair
    private let activeJobs: Pair

    init() async throws {
        let path = folder.path("tokens.json")
        func write(_ programs: [String]?) throws {
            let tokens = [Tokens.entry("other", .admin), Tokens.entry("team", .admin, programs: programs)]
            try Data(try Tokens.document(tokens)).write(to: URL(filePath: path), options: .atomic)
        }
        try write(nil)
        service = try await Service(
            callbacks: .init(allowedHosts: ["hooks.example.com"]),
            tokens: try TokenKeeper(.file(path), interval: .zero, logger: .silent))
        let other = service.bearing(Tokens.text("other"))
        #expect(try await other.upload(programs.hidden).status == 201)
        #expect(try await other.upload("team-1").status == 201)
        #expect(try await Self.putPage(8, of: programs.hidden, other).status == 204)

        for (target, body) in Self.submissions(of: programs.hidden) {
            for name in ["other", "team"] {
                let answer = try await service.bearing(Tokens.text(name))
                    .post(target, json: body, headers: ["Idempotency-Key": "of-\(name)\(target)"])
                try #require(answer.status == 200)
            }
        }
        let job = Job.success(try #require(service.scheduler.requests.last))
        try await service.store(job)
        service.scheduler.state.withLock { $0.holdsJobs = true }
        let active = try await other.post(
            "/v1/jobs", json: ["program": .string(programs.hidden)], headers: ["Prefer": "respond-async"])
        endedJobs = Pair(hidden: job.id, absent: Self.otherJob(job.id))
        let activeID = try #require(try active.json["id"]?.string)
        activeJobs = Pair(hidden: activeID, absent: Self.otherJob(activeID))
        try write(["team-*"])
    }

    /// The id of no job.
    private static func otherJob(_ id: String) -> String { id.dropLast(4) + (id.hasSuffix("0000") ? "1111" : "0000") }

    private static func putPage(_ page: Int, of program: String, _ service: Service) async throws -> Answer {
        try await service.call(
            "PUT", "/v1/programs/\(program)/pages/\(page)", [UInt8](repeating: 1, count: PageSize.gear),
            type: "application/octet-stream")
    }

    /// The plainest requests that name a program in their bodies, each of its own kind.
    private static func submissions(of program: String) -> [(target: String, body: JSONValue)] {
        [
            ("/v1/jobs", ["program": .string(program)]),
            ("/v1/jobs/batch", ["jobs": [["program": .string(program)]]]),
        ]
    }

    /// A request about something, with all that comes after the path.
    private struct Request {
        var query = ""
        var headers: HTTPHeaders = [:]
        var type: String?
        var body: [UInt8] = []
    }

    /// All that a client gets, but for the id that it asked for.
    private struct Seen: Equatable {
        var status: Int
        var headers: [String]
        var body: String
    }

    private func ask(_ method: String, _ target: String, _ request: Request, of id: String) async -> Seen {
        let response = await team.respond(
            method, target + request.query, request.body, type: request.type, headers: request.headers)
        var body = "a stream"
        if case .bytes(let bytes) = response.body { body = String(decoding: bytes, as: UTF8.self) }
        return Seen(
            status: response.status, headers: response.headers.fields.map { "\($0.name): \($0.value)" },
            body: body.replacing(id, with: "ID"))
    }

    // MARK: Named in the path

    /// Right and wrong, so that what is looked at first shows.
    private static let requests = [
        Request(), Request(query: "?wait=1"), Request(query: "?wait=x"), Request(query: "?limit=1"),
        Request(query: "?limit=0"), Request(query: "?cursor=x"), Request(query: "?unknown=1"),
        Request(headers: ["If-None-Match": "*"]), Request(headers: ["Last-Event-ID": "finished"]),
        Request(headers: ["Last-Event-ID": "x"]), Request(type: "text/plain", body: [1]),
        Request(type: "application/octet-stream", body: [1]),
        Request(type: "application/octet-stream", body: [UInt8](repeating: 2, count: PageSize.gear)),
    ]

    /// Patterns with what `{id}` stands for in each.
    private var pathsWithIDs: [(pattern: String, pairs: [Pair])] {
        Set(service.api.endpoints.map(\.pattern)).filter { $0.contains("{id}") }.sorted().map { pattern in
            (pattern, pattern.hasPrefix("/v1/programs/") ? [programs] : [endedJobs, activeJobs])
        }
    }

    @Test("it is answered as what is not there, whatever is asked about it by its id")
    func inPaths() async throws {
        var plain: [String: Seen] = [:]
        for (pattern, pairs) in pathsWithIDs {
            for (pair, number) in pairs.flatMap({ pair in ["8", "9", "x"].map { (pair, $0) } }) {
                for (method, request) in ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"].flatMap({ method in
                    Self.requests.map { (method, $0) }
                }) {
                    func seen(_ id: String) async -> Seen {
                        let target = pattern.replacing("{id}", with: id).replacing("{n}", with: number)
                        return await ask(method, target, request, of: id)
                    }
                    let hidden = await seen(pair.hidden)
                    #expect(await seen(pair.absent) == hidden, "\(method) \(pattern) \(request)")
                    if request.query.isEmpty { plain["\(method) \(pattern)"] = hidden }
                }
            }
        }
        for endpoint in service.api.endpoints where endpoint.pattern.contains("{id}") {
            let seen = try #require(plain["\(endpoint.method) \(endpoint.pattern)"])
            #expect(seen.status == 404, "\(endpoint.method) \(endpoint.pattern)")
        }
        try await expectUntouched()
    }

    // MARK: Named elsewhere

    @Test("it is answered as what is not there where a body names it, also with a key that was used for it")
    func inBodies() async throws {
        let accepted = service.scheduler.requests.count
        let members: [[String: JSONValue]] = [
            [:], ["entry": "none"], ["args": [1]], ["commit": false], ["pages": "numbers"], ["gas_limit": -1],
            ["callback_url": "https://hooks.example.com/"], ["callback_url": "https://elsewhere.example.com/"],
        ]
        for (members, key) in members.flatMap({ members in [nil, "new", "of-team", "of-other"].map { (members, $0) } })
        {
            func seen(_ id: String) async throws -> [Seen] {
                let job = JSONValue.object(members).with(["program": .string(id)])
                var seen: [Seen] = []
                for (target, body) in [("/v1/jobs", job), ("/v1/jobs/batch", ["jobs": [job]] as JSONValue)] {
                    var headers: HTTPHeaders = ["Prefer": "wait=1"]
                    headers["Idempotency-Key"] = key.map { "\($0)\(target)" }
                    let request = Request(headers: headers, type: "application/json", body: try body.sortedBytes)
                    seen.append(await ask("POST", target, request, of: id))
                }
                return seen
            }
            let hidden = try await seen(programs.hidden)
            #expect(try await seen(programs.absent) == hidden, "\(members) \(key ?? "")")
            guard members.isEmpty else { continue }
            #expect(hidden[0].status == 404 && hidden[1].body.contains(#""status":404"#))
        }
        #expect(service.scheduler.requests.count == accepted)
    }

    @Test("its id is no less free than another that the token may not use")
    func uploads() async throws {
        for (query, type, body) in [
            ("?id=ID", "application/wasm", "module"), ("", "application/json", #"{"id": "ID", "code": "bW9kdWxl"}"#),
            ("?id=ID", "text/css", ""), ("", "application/json", #"{"id": "ID"}"#),
        ] {
            func seen(_ id: String) async -> Seen {
                let request = Request(
                    query: query.replacing("ID", with: id), type: type, body: Array(body.replacing("ID", with: id).utf8)
                )
                return await ask("POST", "/v1/programs", request, of: id)
            }
            let hidden = await seen(programs.hidden)
            #expect(await seen(programs.absent) == hidden)
            #expect(hidden.status >= 400)
        }
        try await expectUntouched()
    }

    @Test("lists and streams of it are empty as those of what is not there, and there are no statistics of it")
    func filters() async throws {
        for (target, status) in [
            ("/v1/jobs?program=", 200), ("/v1/jobs?limit=1&program=", 200), ("/v1/events?program=", 200),
            ("/v1/stats?program=", 404),
        ] {
            func seen(_ id: String) async -> Seen { await ask("GET", target + id, Request(), of: id) }
            let hidden = await seen(programs.hidden)
            #expect(await seen(programs.absent) == hidden)
            #expect(hidden.status == status)
        }
    }

    @Test("every endpoint that names a program or a job is among these")
    func complete() {
        let named = Set([
            "POST /v1/jobs", "POST /v1/jobs/batch", "POST /v1/programs", "GET /v1/jobs", "GET /v1/events",
            "GET /v1/stats",
        ])
        // Its list is another test's.
        let unnamed = Set(
            ["/", "/healthz", "/readyz", "/metrics", "/openapi.yaml", "/v1/info", "/v1/programs", "/page/{name}"].map {
                "GET \($0)"
            })
        let endpoints = service.api.endpoints.filter { !$0.pattern.contains("{id}") }
        #expect(Set(endpoints.map { "\($0.method) \($0.pattern)" }) == named.union(unnamed))
    }

    /// What `team` must not see is as it was.
    private func expectUntouched(_ location: SourceLocation = #_sourceLocation) async throws {
        let page = try await other.get("/v1/programs/\(programs.hidden)/pages/8")
        #expect(page.body == [UInt8](repeating: 1, count: PageSize.gear), sourceLocation: location)
        let pages = try await other.get("/v1/programs/\(programs.hidden)/pages").json["pages"]?.elements
        #expect(pages?.count == 1, sourceLocation: location)
        #expect(
            try await other.get("/v1/jobs/\(activeJobs.hidden)").json["state"] == "queued", sourceLocation: location)
        #expect(try await other.get("/v1/jobs/\(endedJobs.hidden)").status == 200, sourceLocation: location)
        #expect(try await other.get("/v1/programs/\(programs.absent)").status == 404, sourceLocation: location)
    }
}
