import Testing

@testable import API

@Suite("Who may see statistics")
struct StatsAccessTests {
    private let root: Service
    private var team: Service { root.bearing(Tokens.text("team")) }

    init() async throws {
        root = try await Service(
            tokens: try Tokens.keeper(
                Tokens.entry("root", .admin), Tokens.entry("reader", .read), Tokens.entry("runner", .run),
                Tokens.entry("team", .read, programs: ["team-*"]))
        ).bearing(Tokens.text("root"))
        for id in ["team-1", "other"] { #expect(try await root.upload(id).status == 201) }
    }

    @Test("the role read may, another may not")
    func roles() async throws {
        for query in ["", "?program=other"] {
            #expect(try await root.bearing(Tokens.text("reader")).get("/v1/stats\(query)").status == 200)
            let refused = try await root.bearing(Tokens.text("runner")).get("/v1/stats\(query)")
            #expect(try refused.problem() == Problem(403, "forbidden"))
        }
    }

    @Test("a token that is limited to programs sees those of one of them, and not those of all")
    func limited() async throws {
        #expect(try await team.get("/v1/stats?program=team-1").status == 200)
        #expect(try await team.get("/v1/stats").problem() == Problem(403, "forbidden"))
    }

    @Test("another token's program is answered as one that is not there", arguments: ["other", "nothing"])
    func notThere(id: String) async throws {
        let answer = try await team.get("/v1/stats?program=\(id)")
        #expect(try answer.problem() == Problem(404, "program_not_found"))
        #expect(try answer.json["detail"]?.string == "There is no program “\(id)”.")
        #expect(try await root.get("/v1/stats?program=nothing").problem() == Problem(404, "program_not_found"))
    }
}
