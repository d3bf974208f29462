import Pages
import Testing

@testable import API

@Suite("The audit's lines in the log")
struct AuditTests {
    @Test("uploads, written pages and deletions are told with who did it, and what was refused is not")
    func lines() async throws {
        let log = LogMemory()
        let service = try await Service(
            tokens: try Tokens.keeper(Tokens.entry("root", .admin), Tokens.entry("reader", .read)), logger: log.logger)
        let root = service.bearing(Tokens.text("root"))
        let page = [UInt8](repeating: 0x5a, count: PageSize.gear)
        #expect(try await root.upload("p").status == 201)
        #expect(
            try await root.call("PUT", "/v1/programs/p/pages/8", page, type: "application/octet-stream").status == 204)
        #expect(try await root.call("DELETE", "/v1/programs/p").status == 204)
        #expect(try await root.call("DELETE", "/v1/programs/p").status == 404)
        #expect(try await service.bearing(Tokens.text("reader")).upload("q").status == 403)
        let audit = log.lines.filter { $0.message == "audit" }
        #expect(audit.map { $0.metadata["action"] } == ["program_uploaded", "page_written", "program_deleted"])
        for line in audit {
            #expect(line.level == .notice)
            #expect(line.metadata["program"] == "p")
            #expect(line.metadata["token"] == "root")
            #expect(line.metadata["request_id"] == "request-1")
        }
        #expect(audit[1].metadata["page"] == "8")
    }
}
