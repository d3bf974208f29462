import HTTPServer
import Testing
import WorkerProtocol

@testable import API

/// The sample program has 4 WebAssembly pages at most, the first of them stack: its pages are 4 to 15.
@Suite("Pages")
struct PageTests {
    private let octets = "application/octet-stream"

    private func page(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: 16384) }

    private func serviceWithProgram() async throws -> Service {
        let service = try await Service()
        try await service.upload("one")
        return service
    }

    @Test("a stored page is read back, listed, and raises the version")
    func storeAndRead() async throws {
        let service = try await serviceWithProgram()
        for (number, byte) in [(15, 1), (4, 2), (15, 3)] as [(Int, UInt8)] {
            let answer = try await service.call("PUT", "/v1/programs/one/pages/\(number)", page(byte), type: octets)
            #expect(answer.status == 204)
        }
        let read = try await service.get("/v1/programs/one/pages/15")
        #expect(read.body == page(3))
        #expect(read.headers["Content-Type"] == octets)
        let listed = try await service.get("/v1/programs/one/pages").json
        #expect(
            listed == [
                "page_size": 16384, "version": 3, "next_cursor": nil,
                "pages": [["page": 4, "version": 2], ["page": 15, "version": 3]],
            ])
        let program = try await service.get("/v1/programs/one").json
        #expect(program["stored_pages"] == 2)
        #expect(program["version"] == 3)
    }

    @Test("the list goes on behind its cursor")
    func paging() async throws {
        let service = try await serviceWithProgram()
        for number in [4, 9, 10] {
            _ = try await service.call("PUT", "/v1/programs/one/pages/\(number)", page(1), type: octets)
        }
        let first = try await service.get("/v1/programs/one/pages?limit=2").json
        #expect(first["pages"]?.elements.map { $0["page"] } == [4, 9])
        let cursor = try #require(first["next_cursor"]?.string)
        let second = try await service.get("/v1/programs/one/pages?limit=2&cursor=\(cursor)").json
        #expect(second["pages"]?.elements.map { $0["page"] } == [10])
        #expect(second["next_cursor"] == .null)
    }

    @Test("a page's tag stays until the page is stored again")
    func entityTag() async throws {
        let service = try await serviceWithProgram()
        let stored = try await service.call("PUT", "/v1/programs/one/pages/4", page(1), type: octets)
        let tag = try #require(stored.headers["ETag"])
        let target = "/v1/programs/one/pages/4"
        #expect(try await service.get(target).headers["ETag"] == tag)
        for field in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            let answer = try await service.call("GET", target, headers: ["If-None-Match": field])
            #expect(answer.status == 304)
            #expect(answer.body.isEmpty)
            #expect(answer.headers["ETag"] == tag)
        }
        _ = try await service.call("PUT", target, page(1), type: octets)
        let changed = try await service.call("GET", target, headers: ["If-None-Match": tag])
        #expect(changed.status == 200)
        #expect(changed.headers["ETag"] != tag)
    }

    @Test("a program that takes a deleted one's id has other tags")
    func tagOfSuccessor() async throws {
        let service = try await serviceWithProgram()
        let old = try await service.call("PUT", "/v1/programs/one/pages/4", page(1), type: octets).headers["ETag"]
        _ = try await service.call("DELETE", "/v1/programs/one")
        try await service.upload("one")
        let new = try await service.call("PUT", "/v1/programs/one/pages/4", page(1), type: octets).headers["ETag"]
        #expect(old != nil && new != nil && old != new)
    }

    @Test("a page without bytes is 404", arguments: ["5", "0", "16", "4294967295"])
    func notStored(number: String) async throws {
        let service = try await serviceWithProgram()
        let answer = try await service.get("/v1/programs/one/pages/\(number)")
        #expect(try answer.problem() == Problem(404, "page_not_stored"))
    }

    @Test("what is no page number is invalid_request", arguments: ["x", "-1", "4294967296", "%2B4"])
    func noNumber(number: String) async throws {
        let service = try await serviceWithProgram()
        let answer = try await service.get("/v1/programs/one/pages/\(number)")
        #expect(try answer.problem() == Problem(422, "invalid_request"))
    }

    @Test("pages of the stack and beyond the maximum cannot be stored", arguments: [0, 3, 16, 4_294_967_295])
    func outOfRange(number: UInt32) async throws {
        let service = try await serviceWithProgram()
        let answer = try await service.call("PUT", "/v1/programs/one/pages/\(number)", page(1), type: octets)
        #expect(try answer.problem() == Problem(422, "page_out_of_range"))
    }

    @Test("a page has exactly its size", arguments: [0, 16383])
    func wrongSize(size: Int) async throws {
        let service = try await serviceWithProgram()
        let bytes = [UInt8](repeating: 1, count: size)
        let answer = try await service.call("PUT", "/v1/programs/one/pages/4", bytes, type: octets)
        #expect(try answer.problem() == Problem(422, "page_size_wrong"))
        #expect(try await service.get("/v1/programs/one/pages/4").status == 404)
    }

    @Test("a page is octets")
    func mediaType() async throws {
        let service = try await serviceWithProgram()
        let answer = try await service.call("PUT", "/v1/programs/one/pages/4", page(1), type: "text/plain")
        #expect(try answer.problem() == Problem(415, "unsupported_media_type"))
    }

    @Test("the server takes no more than a page for a page")
    func bodyLimit() async throws {
        let route = try await Service().api.routes.first { $0.method == "PUT" }
        #expect(route?.bodyLimit == 16384)
    }
}
