import TestSupport
import Testing

extension ServiceSuites {
    @Suite("What a token may ask for")
    struct QuotaTests {
        @Test(
            "jobs and gas of a day are counted over a restart, and other tokens are not touched",
            arguments: StorageKind.allCases)
        func day(kind: StorageKind) async throws {
            var tokens = Tokens()
            try await tokens.add("root", "--role", "admin")
            try await tokens.add("jobs", "--role", "run", "--jobs-per-day", "2")
            try await tokens.add("gas", "--role", "run", "--gas-per-day", "\(CounterProgram.ownGas)")
            let known = tokens
            let storage = try TestStorage(kind)
            try await withService(on: storage, environment: ["LAZYPAGES_TOKENS": tokens.document]) { service in
                let uploaded = try await service.client.request(
                    "POST", "/v1/programs?id=bank", type: "text/plain", headers: tokens.header("root"),
                    body: Array(CounterProgram.text().utf8))
                try #require(uploaded.status == 201)
                @Sendable func post(_ token: String) async throws -> HTTPClient.Response {
                    let job = JobSubmission(program: "bank", entry: "deposit", args: [8, 1])
                    return try await service.client.request(
                        "POST", "/v1/jobs", type: "application/json", headers: known.header(token), body: try job.json)
                }
                #expect(try await post("jobs").status == 200)
                #expect(try await post("gas").status == 200)
                try await service.stop()
                try await service.start()
                #expect(try await post("jobs").status == 200)
                for token in ["jobs", "gas"] {
                    let refused = try await post(token)
                    try refused.expectProblem(429, "quota_exceeded")
                    let wait = try #require(refused.header("Retry-After").flatMap { Int($0) })
                    #expect((1...86_400).contains(wait))
                }
                #expect(try await post("root").status == 200)
            }
        }

        @Test("requests over a token's rate are told when to come again")
        func rate() async throws {
            var tokens = Tokens()
            try await tokens.add("slow", "--role", "read", "--requests-per-second", "0.001")
            let storage = try TestStorage(.sqlite)
            try await withService(on: storage, environment: ["LAZYPAGES_TOKENS": tokens.document]) { service in
                func look() async throws -> HTTPClient.Response {
                    try await service.client.request("GET", "/v1/info", headers: tokens.header("slow"))
                }
                #expect(try await look().status == 200)
                let refused = try await look()
                try refused.expectProblem(429, "rate_limited")
                let wait = try #require(refused.header("Retry-After").flatMap { Int($0) })
                #expect((1...1000).contains(wait))
                #expect(try await service.client.get("/readyz").status == 200)
            }
        }
    }
}
