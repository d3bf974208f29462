import PageStorage
import Testing
import WorkerProtocol

@testable import API

@Suite("Programs")
struct ProgramTests {
    @Test("a list goes on behind its cursor, by id, and ends with null")
    func paging() async throws {
        let service = try await Service()
        for id in ["e", "a", "c", "b", "d"] { try await service.upload(id) }
        var seen: [String] = []
        var sizes: [Int] = []
        var cursor: String? = ""
        while let next = cursor, sizes.count < 5 {
            let json = try await service.get("/v1/programs?limit=2" + (next.isEmpty ? "" : "&cursor=\(next)")).json
            let programs = try #require(json["programs"]?.elements)
            seen += programs.compactMap { $0["id"]?.string }
            sizes.append(programs.count)
            cursor = json["next_cursor"]?.string
        }
        #expect(seen == ["a", "b", "c", "d", "e"])
        #expect(sizes == [2, 2, 1])
    }

    @Test("an exactly full last answer has no cursor")
    func fullLastAnswer() async throws {
        let service = try await Service()
        for id in ["a", "b"] { try await service.upload(id) }
        #expect(try await service.get("/v1/programs?limit=2").json["next_cursor"] == .null)
    }

    @Test("without programs the list is empty")
    func empty() async throws {
        let service = try await Service()
        #expect(try await service.get("/v1/programs").json == ["programs": [], "next_cursor": nil])
    }

    @Test("a deleted program is gone, and its id free")
    func deleted() async throws {
        let service = try await Service()
        try await service.upload("one")
        let key = try await service.storage.withStorage { (storage) throws(StorageError) in
            try storage.programInterface(id: "one")?.key
        }
        let answer = try await service.call("DELETE", "/v1/programs/one")
        #expect(answer.status == 204)
        #expect(service.scheduler.state.withLock { $0.deleted } == [try #require(key)], "whose jobs are to end")
        #expect(answer.body.isEmpty)
        #expect(try await service.get("/v1/programs/one").problem() == Problem(404, "program_not_found"))
        #expect(try await service.upload("one").status == 201)
    }

    @Test(
        "a program that is not there is 404, whatever the form of its id",
        arguments: [
            ("GET", "/v1/programs/none"), ("GET", "/v1/programs/%2E%2E"), ("GET", "/v1/programs/a%00b"),
            ("DELETE", "/v1/programs/none"), ("DELETE", "/v1/programs/%C3%A4"), ("GET", "/v1/programs/none/pages"),
            ("GET", "/v1/programs/none/pages/1"),
        ])
    func notFound(method: String, path: String) async throws {
        let service = try await Service()
        #expect(try await service.call(method, path).problem() == Problem(404, "program_not_found"))
    }

    @Test("ids have the documented form")
    func idForm() {
        for id in ["a", "Z9", "0._-", String(repeating: "x", count: 64)] { #expect(Identifiers.isProgram(id)) }
        for id in ["", ".a", "-a", "_a", "a/b", "a b", "ä", "\u{212A}", String(repeating: "x", count: 65), "a\n"] {
            #expect(!Identifiers.isProgram(id))
        }
    }
}
