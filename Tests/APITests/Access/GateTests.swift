import HTTPServer
import Testing

@testable import API

@Suite("Who may do what")
struct GateTests {
    private func service() async throws -> Service {
        try await Service(
            tokens: try Tokens.keeper(
                Tokens.entry("reader", .read), Tokens.entry("runner", .run), Tokens.entry("uploader", .upload),
                Tokens.entry("root", .admin), Tokens.entry("late", .admin, expiresAt: "2020-01-01T00:00:00Z"),
                Tokens.entry("early", .admin, expiresAt: "2999-01-01T00:00:00Z"),
                Tokens.entry("few", .read, programs: ["few-*"])))
    }

    /// An answer's status to each endpoint, asked without a body and with ids that nothing has.
    private func statuses(_ service: Service) async throws -> [String: Int] {
        var statuses: [String: Int] = [:]
        for endpoint in service.api.endpoints {
            let target = endpoint.pattern.replacing("{id}", with: "none").replacing("{n}", with: "1")
            let response = await service.respond(endpoint.method, target)
            statuses["\(endpoint.method) \(endpoint.pattern)"] = response.status
        }
        return statuses
    }

    private static let open = ["GET /", "GET /page/{name}", "GET /healthz", "GET /readyz", "GET /openapi.yaml"]

    @Test("without a token only what is open answers")
    func withoutToken() async throws {
        let statuses = try await statuses(service())
        for (endpoint, status) in statuses { #expect((status == 401) == !Self.open.contains(endpoint), "\(endpoint)") }
    }

    @Test("each role reaches its own endpoints, and an admin all", arguments: ["reader", "runner", "uploader", "root"])
    func roles(name: String) async throws {
        let service = try await service().bearing(Tokens.text(name))
        let role: Role = ["reader": .read, "runner": .run, "uploader": .upload][name] ?? .admin
        let statuses = try await statuses(service)
        for endpoint in service.api.endpoints {
            let isAllowed = endpoint.access.role.map { role == .admin || role == $0 } ?? true
            let status = statuses["\(endpoint.method) \(endpoint.pattern)"]
            #expect((status != 403) == isAllowed && status != 401, "\(endpoint.method) \(endpoint.pattern)")
        }
    }

    @Test("whoever is refused gets a problem document with a challenge, at every endpoint")
    func challenges() async throws {
        let service = try await service()
        for endpoint in service.api.endpoints {
            guard let role = endpoint.access.role else { continue }
            let target = endpoint.pattern.replacing("{id}", with: "none").replacing("{n}", with: "1")
            let realm = #"Bearer realm="lazypages""#
            let wrong = role == .read ? "runner" : "reader"
            for (token, problem, challenge) in [
                (nil, Problem(401, "unauthorized"), realm),
                ("", Problem(401, "unauthorized"), "\(realm), error=\"invalid_token\""),
                ("unknown", Problem(401, "unauthorized"), "\(realm), error=\"invalid_token\""),
                (Tokens.text("late"), Problem(401, "unauthorized"), "\(realm), error=\"invalid_token\""),
                (
                    Tokens.text(wrong), Problem(403, "forbidden"),
                    "\(realm), error=\"insufficient_scope\", scope=\"\(role.rawValue)\""
                ),
            ] {
                let answer = try await service.bearing(token).call(endpoint.method, target)
                #expect(try answer.problem() == problem, "\(endpoint.method) \(endpoint.pattern) \(token ?? "")")
                let field = try #require(answer.headers["WWW-Authenticate"])
                #expect(field.hasPrefix(challenge) && (token != nil || field == challenge), "\(field)")
            }
        }
    }

    @Test("the wrong role is told which one is needed")
    func wrongRole() async throws {
        let answer = try await service().bearing(Tokens.text("reader")).call("DELETE", "/v1/programs/p")
        #expect(try answer.problem() == Problem(403, "forbidden"))
        #expect(
            answer.headers["WWW-Authenticate"]
                == #"Bearer realm="lazypages", error="insufficient_scope", scope="admin""#)
    }

    @Test(
        "what is no token that is known and has not expired is 401 and says so",
        arguments: [
            "Bearer unknown", "Bearer late-secret", "Bearer", "Bearer ", "bearer   ", "Basic cm9vdC1zZWNyZXQ=",
            "Bearer root-secret x", "Bearer root-secret,", "root-secret", "Bearer \u{e9}", "Bearer =", "",
        ])
    func malformed(field: String) async throws {
        let answer = try await service().call("GET", "/v1/info", headers: ["Authorization": field])
        #expect(try answer.problem() == Problem(401, "unauthorized"))
        #expect(
            answer.headers["WWW-Authenticate"]?.hasPrefix(#"Bearer realm="lazypages", error="invalid_token""#) == true)
    }

    @Test("without a token nothing is said of an error")
    func challenge() async throws {
        let answer = try await service().get("/v1/info")
        #expect(try answer.problem() == Problem(401, "unauthorized"))
        #expect(answer.headers["WWW-Authenticate"] == #"Bearer realm="lazypages""#)
    }

    @Test("two fields are no token, even if both hold it")
    func twice() async throws {
        var headers: HTTPHeaders = ["Authorization": "Bearer root-secret"]
        headers.append("Authorization", "Bearer root-secret")
        #expect(try await service().call("GET", "/v1/info", headers: headers).status == 401)
    }

    @Test("the scheme's case does not matter, nor how many blanks follow", arguments: ["Bearer", "bearer", "BEARER "])
    func scheme(name: String) async throws {
        let answer = try await service().call("GET", "/v1/info", headers: ["Authorization": "\(name) early-secret"])
        #expect(answer.status == 200)
    }

    @Test("what speaks of all programs is not for a token that is limited to some")
    func aboutAll() async throws {
        let service = try await service().bearing(Tokens.text("few"))
        #expect(try await service.get("/metrics").problem() == Problem(403, "forbidden"))
        #expect(try await service.get("/v1/info").status == 200)
    }

    @Test("an open endpoint does not mind a bad token")
    func openWithBadToken() async throws {
        #expect(try await service().bearing("unknown").get("/healthz").status == 200)
    }

    @Test("a service without tokens asks for none")
    func unguarded() async throws {
        for (endpoint, status) in try await statuses(try await Service()) {
            #expect(status != 401 && status != 403, "\(endpoint)")
        }
    }

    @Test(
        "a service without tokens changes nothing for pages of other sites", arguments: ["cross-site", "same-site", ""])
    func foreignPages(site: String) async throws {
        let service = try await Service()
        for endpoint in service.api.endpoints {
            guard let role = endpoint.access.role, role != .read else { continue }
            let target = endpoint.pattern.replacing("{id}", with: "none").replacing("{n}", with: "1")
            let answer = try await service.call(endpoint.method, target, headers: ["Sec-Fetch-Site": site])
            #expect(try answer.problem() == Problem(403, "forbidden"), "\(endpoint.method) \(endpoint.pattern)")
            #expect(answer.headers["WWW-Authenticate"] == nil)
        }
        #expect(try await service.call("GET", "/v1/programs", headers: ["Sec-Fetch-Site": site]).status == 200)
    }

    @Test("its own page and its user's address bar may", arguments: ["same-origin", "none"])
    func ownPage(site: String) async throws {
        let answer = try await Service().call("DELETE", "/v1/programs/p", headers: ["Sec-Fetch-Site": site])
        #expect(try answer.problem() == Problem(404, "program_not_found"))
    }
}
