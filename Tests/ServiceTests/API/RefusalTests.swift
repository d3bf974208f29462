import TestSupport
import Testing

extension ServiceSuites {
    @Suite("Requests that are refused")
    struct RefusalTests {
        @Test("what is no job is refused with what is wrong with it, and nothing runs")
        func jobs() async throws {
            try await withService(on: .sqlite) { service in
                try await service.client.upload("bank")
                let post = { (body: String) in
                    try await service.client.request(
                        "POST", "/v1/jobs", type: "application/json", body: Array(body.utf8))
                }
                for text in [
                    "", "{", "[", "nul", String(repeating: "[", count: 100_000), #"{"program":"a","program":"b"}"#,
                ] {
                    try await post(text).expectProblem(400, "invalid_json")
                }
                let notUTF8 = try await service.client.request(
                    "POST", "/v1/jobs", type: "application/json", body: [0x22, 0xff, 0xfe, 0x22])
                try notUTF8.expectProblem(400, "invalid_json")
                let page = try await service.client.request("POST", "/v1/jobs", type: "text/html", body: [])
                try page.expectProblem(415, "unsupported_media_type")

                try await post(#"{"program":"none"}"#).expectProblem(404, "program_not_found")
                try await post(#"{"program":"bank"}"#).expectProblem(422, "entry_not_found")
                let typo = try await post(#"{"program":"bank","entry":"byte","args":[8,0],"gaslimit":5}"#)
                #expect(try typo.expectProblem(422, "unknown_field").errors?.map(\.pointer) == ["/gaslimit"])

                for (pointer, members) in [
                    ("/program", #""program":5"#), ("/program", #""program":"../etc""#), ("/entry", #""entry":"""#),
                    ("/args", #""args":[8]"#), ("/args", #""args":[8,0,0]"#), ("/args", #""args":8"#),
                    ("/args/1", #""args":[8,1.5]"#), ("/args/0", #""args":[4294967296,0]"#),
                    ("/args/0", #""args":["eight",0]"#), ("/args/1", #""args":[8,null]"#),
                    ("/gas_limit", #""gas_limit":-1"#), ("/gas_limit", #""gas_limit":9007199254740992"#),
                    ("/gas_limit", #""gas_limit":1.5"#), ("/commit", #""commit":"yes""#),
                    ("/payload", #""payload":"%""#), ("/payload_encoding", #""payload_encoding":"rot13""#),
                    ("/pages", #""pages":"all""#), ("/timeout_ms", #""timeout_ms":0"#),
                    ("/timeout_ms", #""timeout_ms":1000000000"#),
                ] {
                    let fields = [(#""program""#, #""bank""#), (#""entry""#, #""byte""#), (#""args""#, "[8,0]")]
                    let rest = fields.filter { !members.hasPrefix($0.0) }.map { "\($0):\($1)" }
                    let answer = try await post("{\((rest + [members]).joined(separator: ","))}")
                    let problem = try answer.expectProblem(422, "invalid_request")
                    #expect(problem.errors?.map(\.pointer) == [pointer], "\(members)")
                }
                #expect(try await service.client.jobs("").isEmpty)
                #expect(try await service.client.run("bank", "byte", 8, 0).outcome == "success")
            }
        }

        @Test("paths, methods and queries that are not there are refused")
        func paths() async throws {
            try await withService(on: .sqlite) { service in
                try await service.client.get("/none").expectProblem(404, "not_found")
                try await service.client.get("/v1/jobs/none").expectProblem(404, "job_not_found")
                try await service.client.get("/v1/programs/none").expectProblem(404, "program_not_found")
                try await service.client.get("/v1/jobs?limit=0").expectProblem(422, "invalid_request")
                try await service.client.get("/v1/jobs?cursor=none").expectProblem(422, "invalid_request")
                try await service.client.get("/v1/jobs?colour=red").expectProblem(422, "unknown_field")
                let wrong = try await service.client.request("DELETE", "/v1/jobs")
                try wrong.expectProblem(405, "method_not_allowed")
                #expect(wrong.header("Allow")?.contains("POST") == true)
            }
        }

        @Test("modules that cannot be run are refused with the name of what is wrong")
        func modules() async throws {
            try await withService(on: .sqlite) { service in
                let memory = #"(memory (export "memory") 1)"#
                for (module, code, name) in [
                    (#"(module (import "env" "gr_sing" (func)) \#(memory))"#, "unknown_import", "gr_sing"),
                    (#"(module (func (export "handle")))"#, "memory_missing", "memory"),
                    (#"(module \#(memory) (func $first) (start $first))"#, "start_section", "start"),
                    (#"(module (memory (export "memory") i64 1))"#, "unsupported_memory", "64"),
                    (#"(module (memory (export "memory") 1 1 shared))"#, "unsupported_memory", "shared"),
                    (#"(module (memory (export "memory") 60000))"#, "memory_too_large", "60000"),
                    (
                        #"(module \#(memory) (global (export "gear_gas") (mut f64) (f64.const 0)))"#, "gas_global_type",
                        "gear_gas"
                    ),
                    ("(module (memory", "invalid_module", "line"),
                ] {
                    let answer = try await service.client.request(
                        "POST", "/v1/programs?id=bank", type: "text/plain", body: Array(module.utf8))
                    let problem = try answer.expectProblem(422, code)
                    #expect(problem.detail?.contains(name) == true, "\(answer.text)")
                }
                try await service.client.get("/v1/programs/bank").expectProblem(404, "program_not_found")
                let outside = try await service.client.request(
                    "POST", "/v1/programs?id=..%2Fbank", type: "text/plain", body: Array(CounterProgram.text().utf8))
                try outside.expectProblem(422, "invalid_request")
            }
        }

        @Test("ten megabytes that are no module are refused, and the worker goes on", arguments: [true, false])
        func garbage(startsAsModule: Bool) async throws {
            try await withService(on: .sqlite, workers: 1) { service in
                try await service.client.upload("bank")
                let workers = try service.workers()
                var generator = SystemRandomNumberGenerator()
                let random = (0..<10 << 10).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                var bytes = [[UInt8]](repeating: random, count: 1024).flatMap { $0 }
                if startsAsModule { bytes.replaceSubrange(0..<8, with: [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) }
                for type in ["application/wasm", "text/plain"] {
                    let answer = try await service.client.request("POST", "/v1/programs", type: type, body: bytes)
                    try answer.expectProblem(422, "invalid_module")
                }
                #expect(try await service.client.run("bank", "byte", 8, 0).outcome == "success")
                #expect(try service.workers() == workers)
            }
        }

        @Test("a module larger than the limit is refused")
        func tooLarge() async throws {
            try await withService(on: .sqlite) { service in
                let bytes = [UInt8](repeating: 0x20, count: 24 << 20)
                // The service may close the connection before it has taken all of it.
                if let answer = try? await service.client.request(
                    "POST", "/v1/programs", type: "application/wasm", body: bytes)
                {
                    try answer.expectProblem(413, "content_too_large")
                }
                #expect(try await service.makeClient().get("/healthz").status == 200)
            }
        }

        @Test("a body that is cut short changes nothing")
        func cutShort() async throws {
            try await withService(on: .sqlite) { service in
                try await service.client.upload("bank")
                let job = try JobSubmission(program: "bank", entry: "deposit", args: [8, 1]).json
                let head = """
                    POST /v1/jobs HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\n\
                    Content-Length: \(job.count)\r\n\r\n
                    """
                for isReset in [false, true] {
                    let socket = try RawSocket(port: try service.port)
                    try await socket.send(Array(head.utf8) + job.dropLast())
                    if isReset { socket.reset() } else { try await expectNoSuccess(socket) }
                }
                #expect(try await service.client.jobs("").isEmpty)
                #expect(try await service.client.run("bank", "visit", 8, 1).results == [0])
            }
        }

        /// A client that sends no more may get an error, or nothing.
        private func expectNoSuccess(_ socket: RawSocket) async throws {
            socket.closeWriting()
            let answer = String(decoding: try await socket.receiveAll(), as: UTF8.self)
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
        }
    }
}
