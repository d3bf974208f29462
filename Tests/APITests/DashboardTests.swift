import Testing

@testable import API

@Suite("The page for a person")
struct DashboardTests {
    @Test("its script and style carry the nonce of the policy, a new one each time")
    func nonce() async throws {
        let service = try await Service()
        var nonces: Set<String> = []
        for _ in 0..<2 {
            let answer = try await service.get("/")
            #expect(answer.headers["Content-Type"] == "text/html; charset=utf-8")
            let policy = try #require(answer.headers["Content-Security-Policy"])
            #expect(policy.hasPrefix("default-src 'none'"))
            let start = try #require(policy.firstRange(of: "script-src 'nonce-"))
            let nonce = String(policy[start.upperBound...].prefix { $0 != "'" })
            #expect(nonce.utf8.count >= 22)
            #expect(answer.text.contains("<script nonce=\"\(nonce)\">"))
            #expect(answer.text.contains("<style nonce=\"\(nonce)\">"))
            #expect(!answer.text.contains("{{"))
            nonces.insert(nonce)
        }
        #expect(nonces.count == 2)
    }

    @Test("it is one file that loads nothing from elsewhere and never writes markup from data")
    func selfContained() async throws {
        let text = try await Service().get("/").text
        for forbidden in ["http://", "https://", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"] {
            let uses = text.replacing("http://www.w3.org/2000/svg", with: "")
            #expect(!uses.contains(forbidden), "\(forbidden)")
        }
        for link in ["/metrics", "/openapi.yaml", "/v1/info"] { #expect(text.contains("href=\"\(link)\"")) }
    }
}
