import Testing

@testable import API

@Suite("Queries")
struct QueryTests {
    @Test(
        "a parameter of the wrong form is invalid_request",
        arguments: [
            "/v1/jobs?limit=0", "/v1/jobs?limit=1001", "/v1/jobs?limit=-1", "/v1/jobs?limit=+1", "/v1/jobs?limit=",
            "/v1/jobs?limit=1&limit=1", "/v1/jobs?cursor=garbage", "/v1/jobs?cursor=", "/v1/jobs?cursor=%F0",
            "/v1/jobs?state=done", "/v1/jobs?outcome=good", "/v1/jobs?since=yesterday", "/v1/jobs?program=a%00",
            "/v1/programs?limit=x", "/v1/programs?cursor=!", "/v1/programs/one/pages?limit=99999999999999999999",
        ])
    func wrongForm(target: String) async throws {
        let service = try await Service()
        try await service.upload("one")
        let answer = try await service.get(target)
        #expect(try answer.problem() == Problem(422, "invalid_request"))
        #expect(try answer.pointers.first?.hasPrefix("?") == true)
    }

    @Test(
        "a parameter that the route does not know is unknown_field",
        arguments: [
            "/v1/jobs?states=failed", "/v1/programs?id=one", "/v1/programs/one?x", "/v1/info?pretty=1",
            "/v1/programs/one/pages?state=failed", "/v1/programs/one/pages/4?raw=1", "/v1/jobs/none?x=1",
        ])
    func unknown(target: String) async throws {
        let service = try await Service()
        try await service.upload("one")
        #expect(try await service.get(target).problem() == Problem(422, "unknown_field"))
    }

    @Test("a cursor of one list is none of another")
    func otherList() async throws {
        let service = try await Service()
        for id in ["a", "b"] { try await service.upload(id) }
        let cursor = try #require(try await service.get("/v1/programs?limit=1").json["next_cursor"]?.string)
        #expect(try await service.get("/v1/programs?cursor=\(cursor)").status == 200)
        #expect(try await service.get("/v1/jobs?cursor=\(cursor)").status == 422)
        #expect(try await service.get("/v1/programs/a/pages?cursor=\(cursor)").status == 422)
    }

    @Test("a cursor needs no escaping in a URL, and gives its position back")
    func cursorForm() {
        for position in ["a", "ab", "abc", "~~~???", "0193"] {
            let text = Cursor.jobs.text(after: position)
            #expect(text.utf8.allSatisfy { Array("-_".utf8).contains($0) || ($0 < 128 && $0 > 47 && $0 != 0x3D) })
            #expect(Cursor.jobs.position(text) == position)
            #expect(Cursor.pages.position(text) == nil)
        }
    }
}
