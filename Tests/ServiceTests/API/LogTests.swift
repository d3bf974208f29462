import Foundation
import TestSupport
import Testing

extension ServiceSuites {
    @Suite("The log of a running service")
    struct LogTests {
        /// Words that are in what goes in and comes out, and must be in no line, however written.
        private enum Secret: String, CaseIterable {
            case payload = "Marked-Payload-7f1c"
            case page = "Marked-Page-Bytes-91d2"
            case query = "Marked-Callback-Query-55ab"
            case label = "Marked-Label-0c3e"
            case body = "Marked-Broken-Body-aa12"

            var forms: [String] {
                let bytes = Data(rawValue.utf8)
                // Without its end, which depends on what follows.
                return [
                    rawValue, String(bytes.base64EncodedString().prefix(bytes.count)),
                    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
                ]
            }
        }

        /// A line of the log in JSON.
        private struct Line: Decodable {
            var time: String
            var level: String
            var message: String
            var logger: String
            var requestId: String?
            var traceId: String?
            var spanId: String?
            var token: String?
            var program: String?
            var job: String?
            var state: String?
            var outcome: String?
            var path: String?
            var action: String?
            var status: Int?
            var ms: Double?
            var gasBurned: Int?
        }

        private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

        /// Does what leaves lines in the log, all with marked bytes.
        /// - Returns: the job that was run.
        private func work(_ service: TestService, _ tokens: Tokens, _ receiver: CallbackReceiver) async throws
            -> JobDocument
        {
            let client = try service.client
            let module = try JSONSerialization.data(withJSONObject: [
                "id": "bank", "wat": CounterProgram.text(), "labels": ["note": Secret.label.rawValue],
            ])
            func send(
                _ method: String, _ path: String, _ type: String, _ body: [UInt8], _ headers: [String: String] = [:]
            ) async throws -> HTTPClient.Response {
                try await client.request(
                    method, path, type: type,
                    headers: tokens.header("root") + headers.map { (name: $0.key, value: $0.value) }, body: body)
            }
            #expect(try await send("POST", "/v1/programs", "application/json", Array(module)).status == 201)
            let page = Array(String(repeating: Secret.page.rawValue, count: 1000).utf8.prefix(16384))
            #expect(try await send("PUT", "/v1/programs/bank/pages/9", "application/octet-stream", page).status == 204)
            #expect(
                try await send("PUT", "/v1/programs/bank/pages/9", "application/octet-stream", Array(page.dropLast()))
                    .status == 422)
            func job(_ entry: String, _ args: [Int]) throws -> [UInt8] {
                Array(
                    try JSONSerialization.data(withJSONObject: [
                        "program": "bank", "entry": entry, "args": args, "payload": Secret.payload.rawValue,
                        "payload_encoding": "utf8", "callback_url": "\(receiver.url)?key=\(Secret.query.rawValue)",
                    ]))
            }
            let headers = ["X-Request-Id": "marked-request", "traceparent": "00-\(Self.trace)-00f067aa0ba902b7-01"]
            receiver.answers(500)
            let run = try await send("POST", "/v1/jobs", "application/json", try job("deposit", [9, 1]), headers)
            #expect(run.status == 200)
            #expect(
                try await send("POST", "/v1/jobs", "application/json", try job("byte", [100_000, 0])).status == 200)
            #expect(try await send("POST", "/v1/jobs", "application/json", try job("none", [])).status == 422)
            let broken = Array(#"{"program": "bank", "payload": "\#(Secret.body.rawValue)""#.utf8)
            #expect(try await send("POST", "/v1/jobs", "application/json", broken).status == 400)
            let batch = Array(#"{"jobs":["#.utf8) + (try job("deposit", [9, 2])) + Array("]}".utf8)
            #expect(try await send("POST", "/v1/jobs/batch", "application/json", batch).status == 200)
            let unknown = [(name: "Authorization", value: "Bearer \(tokens.texts["root"] ?? "")x")]
            #expect(try await client.request("GET", "/v1/info", headers: unknown).status == 401)
            let isTold = await eventually { receiver.received.count >= 3 }
            #expect(isTold)
            return try run.decoded()
        }

        @Test(
            "no payload, token, page or other content is in it, whatever goes wrong",
            arguments: ["text", "json"])
        func secrets(format: String) async throws {
            try await withLog(format, level: "trace") { service, tokens, receiver in
                _ = try await work(service, tokens, receiver)
                try await service.stop()
            } check: { log, tokens in
                #expect(log.contains("marked-request"))
                #expect(log.contains("audit"))
                for secret in Secret.allCases {
                    for form in secret.forms { #expect(!log.contains(form), "\(secret): \(form)") }
                }
                let token = try #require(tokens.texts["root"])
                #expect(!log.contains(token) && !log.contains(token.dropFirst(10).prefix(20)))
            }
        }

        @Test("a request, its job and its callback share their ids, one line each")
        func ids() async throws {
            try await withLog("json", level: "info") { service, tokens, receiver in
                let job = try await work(service, tokens, receiver)
                let lines = try service.log.split(separator: "\n").map { line in
                    let decoder = JSONDecoder()
                    decoder.keyDecodingStrategy = .convertFromSnakeCase
                    return try decoder.decode(Line.self, from: Data(line.utf8))
                }
                let requests = lines.filter { $0.message == "request" && $0.requestId == "marked-request" }
                let jobs = lines.filter { $0.message == "job" && $0.job == job.id }
                try #require(requests.count == 1 && jobs.count == 1)
                let (request, end) = (requests[0], jobs[0])
                for line in [request, end] {
                    #expect(line.requestId == "marked-request" && line.traceId == Self.trace)
                    #expect(line.job == job.id && line.program == "bank" && line.token == "root")
                    #expect(line.level == "info" && line.ms ?? -1 >= 0)
                }
                #expect(request.path == "/v1/jobs" && request.status == 200 && request.spanId != "00f067aa0ba902b7")
                #expect(end.state == "finished" && end.outcome == "success")
                #expect(end.gasBurned == job.gas?.burned)
                #expect(lines.filter { $0.message == "job" }.count == 3)
                #expect(
                    lines.filter { $0.message == "audit" }.compactMap(\.action) == ["program_uploaded", "page_written"])

                let callback = try #require(receiver.received.first { try $0.job.id == job.id })
                let parts = try #require(callback.traceparent).split(separator: "-").map(String.init)
                #expect(parts.count == 4 && parts[1] == Self.trace)
                #expect(parts[2] != request.spanId && parts[2] != "00f067aa0ba902b7")
                try await service.stop()
            } check: { _, _ in
            }
        }

        /// Runs a service whose whole log is then looked at.
        private func withLog(
            _ format: String, level: String, _ body: (TestService, Tokens, CallbackReceiver) async throws -> Void,
            check: (String, Tokens) throws -> Void
        ) async throws {
            var tokens = Tokens()
            try await tokens.add("root", "--role", "admin")
            let receiver = try CallbackReceiver()
            let service = try await TestService(
                on: try TestStorage(.sqlite), workers: 2,
                options: [
                    "--log-format", format, "--log-level", level, "--callback-hosts", "127.0.0.1",
                    "--private-callbacks",
                ],
                environment: [
                    "LAZYPAGES_TOKENS": tokens.document, "LAZYPAGES_CALLBACK_SECRET": CallbackReceiver.secret,
                ], launcher: [])
            let process = try service.process
            try await body(service, tokens, receiver)
            await receiver.stop()
            try check(process.errors, tokens)
        }
    }
}
