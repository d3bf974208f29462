import TestSupport
import Testing

extension ServiceSuites {
    @Suite("What a token must not see, as it looks to its bearer")
    struct ConcealmentTests {
        @Test("it looks to the byte as what is not there", arguments: StorageKind.allCases)
        func onTheWire(kind: StorageKind) async throws {
            var tokens = Tokens()
            try await tokens.add("other", "--role", "admin")
            try await tokens.add("team", "--role", "admin", "--program", "team-*")
            let storage = try TestStorage(kind)
            try await withService(on: storage, environment: ["LAZYPAGES_TOKENS": tokens.document]) { service in
                let client = try service.client
                let (team, other) = (tokens.header("team"), tokens.header("other"))
                func post(timeoutMs: Int, prefer: String) async throws -> HTTPClient.Response {
                    try await client.request(
                        "POST", "/v1/jobs", type: "application/json",
                        headers: other + [
                            (name: "Prefer", value: prefer), (name: "Idempotency-Key", value: "key-\(timeoutMs)"),
                        ],
                        body: Array(#"{"program":"theirs-1","entry":"forever","timeout_ms":\#(timeoutMs)}"#.utf8))
                }
                let uploaded = try await client.request(
                    "POST", "/v1/programs?id=theirs-1", type: "text/plain", headers: other,
                    body: Array(CounterProgram.text().utf8))
                try #require(uploaded.status == 201)
                let ended = try await post(timeoutMs: 1, prefer: "wait=60")
                let running = try await post(timeoutMs: 600_000, prefer: "respond-async")
                let jobs = try [ended, running].map { try $0.decoded(as: JobDocument.self).id }
                #expect(ended.status == 200 && running.status == 202)

                func seen(
                    _ method: String, _ target: String, _ body: String?, of id: String
                ) async throws -> (status: Int, lines: [String], body: String) {
                    let answer = try await client.request(
                        method, target.replacing("ID", with: id),
                        type: body.map { $0.hasPrefix("{") ? "application/json" : "application/octet-stream" },
                        headers: team + [
                            (name: "X-Request-ID", value: "same"), (name: "Idempotency-Key", value: "key-600000"),
                        ], body: body.map { Array($0.replacing("ID", with: id).utf8) })
                    let lines = answer.headers.filter { $0.name != "Date" }.map { "\($0.name): \($0.value)" }
                    return (answer.status, lines, answer.text.replacing(id, with: "ID"))
                }
                let job = #"{"program":"ID","entry":"forever","timeout_ms":600000}"#
                let requests: [(method: String, target: String, body: String?)] = [
                    ("GET", "/v1/programs/ID", nil), ("DELETE", "/v1/programs/ID", nil),
                    ("GET", "/v1/programs/ID/pages", nil), ("GET", "/v1/programs/ID/pages/8", nil),
                    ("PUT", "/v1/programs/ID/pages/8", String(repeating: "x", count: 16384)),
                    ("PUT", "/v1/programs/ID/pages/8", String(repeating: "x", count: 20000)),
                    ("POST", "/v1/jobs", job), ("POST", "/v1/jobs/batch", #"{"jobs":[\#(job)]}"#),
                    ("GET", "/v1/jobs/ID", nil), ("GET", "/v1/jobs/ID?wait=1", nil), ("GET", "/v1/jobs/ID/events", nil),
                    ("DELETE", "/v1/jobs/ID", nil),
                ]
                for (method, target, body) in requests {
                    for hidden in target.hasPrefix("/v1/jobs/ID") ? jobs : ["theirs-1"] {
                        // Of the same length, and of nothing.
                        let absent = String(hidden.dropLast(4)) + (hidden.hasSuffix("0000") ? "1111" : "0000")
                        let seenHidden = try await seen(method, target, body, of: hidden)
                        let seenAbsent = try await seen(method, target, body, of: absent)
                        #expect(seenHidden == seenAbsent, "\(method) \(target)")
                        #expect(seenHidden.status == (target.hasSuffix("batch") ? 200 : 404), "\(method) \(target)")
                        #expect(seenHidden.body.contains("_not_found"))
                    }
                }
                let cancelled = try await client.request("DELETE", "/v1/jobs/\(jobs[1])", headers: other)
                #expect(cancelled.status == 200, "\(cancelled.text)")
            }
        }
    }
}
