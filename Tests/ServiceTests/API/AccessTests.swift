import Foundation
import TestSupport
import Testing

extension ServiceSuites {
    @Suite("A service that asks for tokens")
    struct AccessTests {
        @Test("tokens of the command open what they were made for, and the file may change while the service runs")
        func fromFile() async throws {
            var tokens = Tokens()
            try await tokens.add("uploader", "--role", "upload")
            try await tokens.add("runner", "--role", "run", "--role", "read", "--program", "bank*")
            let folder = try TestFolder()
            let file = try folder.write("tokens.json", tokens.document)
            try await withService(on: .sqlite, options: ["--tokens-file", file, "--log-format", "json"]) { service in
                let client = try service.client
                try await client.request("GET", "/v1/info").expectProblem(401, "unauthorized")
                #expect(try await client.get("/readyz").status == 200)
                let upload = try await client.request(
                    "POST", "/v1/programs?id=bank-1", type: "text/plain", headers: tokens.header("uploader"),
                    body: Array(CounterProgram.text().utf8))
                #expect(upload.status == 201)
                let job = Array(#"{"program":"bank-1","entry":"twin","args":[1]}"#.utf8)
                @Sendable func run(_ header: [(name: String, value: String)]) async throws -> HTTPClient.Response {
                    try await client.request("POST", "/v1/jobs", type: "application/json", headers: header, body: job)
                }
                #expect(try await run(tokens.header("runner")).status == 200)
                try await run(tokens.header("uploader")).expectProblem(403, "forbidden")

                let known = tokens
                try await tokens.add("later", "--role", "run", "--days", "1")
                let later = tokens.header("later")
                _ = try folder.write("tokens.json", tokens.document)
                let isKnown = try await eventually { try await run(later).status == 200 }
                #expect(isKnown)
                _ = try folder.write("tokens.json", "no JSON")
                let isNoticed = try await eventually {
                    _ = try await run(later)
                    return service.log.contains("the tokens' file cannot be used")
                }
                #expect(isNoticed)
                #expect(try await run(later).status == 200)
                _ = try folder.write("tokens.json", known.document)
                let isGone = try await eventually { try await run(later).status == 401 }
                #expect(isGone)
            }
        }

        @Test("tokens in the environment do for a service without files, and no worker has them")
        func fromEnvironment() async throws {
            var tokens = Tokens()
            try await tokens.add("root", "--role", "admin")
            let storage = try TestStorage(.sqlite)
            try await withService(on: storage, environment: ["LAZYPAGES_TOKENS": tokens.document]) { service in
                let client = try service.client
                #expect(try await client.request("GET", "/v1/info", headers: tokens.header("root")).status == 200)
                try await client.request("GET", "/v1/info").expectProblem(401, "unauthorized")
                for worker in try service.workers() {
                    let environment = try Data(contentsOf: URL(filePath: "/proc/\(worker)/environ"))
                    #expect(!String(decoding: environment, as: UTF8.self).contains("LAZYPAGES_TOKENS="))
                }
            }
        }

        @Test("without tokens it listens where only this machine can connect, unless it is told otherwise")
        func openAddress() async throws {
            let folder = try TestFolder()
            func serve(_ options: [String], environment: [String: String] = [:]) throws -> ChildProcess {
                try ChildProcess(
                    [
                        Executable.path, "serve", "--port", "0", "--workers", "1", "--cache", folder("cache"),
                        "--storage", "sqlite:\(folder("lazypages.db"))",
                    ] + options, environment: environment, folder: folder.path)
            }
            for host in ["0.0.0.0", "::", "some.host", "128.0.0.1", "::ffff:127.0.0.1"] {
                let process = try serve(["--host", host])
                #expect(try await process.waitForEnd() == .exited(2))
                expectOneLine(process.errors, names: [host, "--tokens-file", "--allow-unauthenticated"])
            }
            for (options, environment) in [
                (["--host", "0.0.0.0", "--allow-unauthenticated"], [:]),
                (["--host", "0.0.0.0"], ["LAZYPAGES_ALLOW_UNAUTHENTICATED": "true"]),
                (["--host", "0.0.0.0"], ["LAZYPAGES_TOKENS": #"{"tokens":[]}"#]),
                (["--host", "127.8.8.8"], [:]), (["--host", "localhost"], [:]),
            ] {
                let process = try serve(options, environment: environment)
                let isSettled = await eventually { process.output.contains("\n") || process.ended != nil }
                #expect(isSettled)
                #expect(process.output.hasPrefix("lazypages is ready at "), "\(process.errors)")
                process.send(SIGTERM)
                #expect(try await process.waitForEnd() == .exited(0))
            }
        }

        @Test("tokens that cannot be used end it with status 2, and the line does not repeat them")
        func badTokens() async throws {
            let folder = try TestFolder()
            let file = try folder.write("tokens.json", #"{"tokens":[{"name":"a","sha256":"5ec2e7","roles":["read"]}]}"#)
            for (options, environment, name) in [
                (["--tokens-file", file], [:], file), (["--tokens-file", folder("none")], [:], "cannot be read"),
                ([], ["LAZYPAGES_TOKENS": "{"], "LAZYPAGES_TOKENS"),
                (["--tokens-file", file], ["LAZYPAGES_TOKENS": "{}"], "not both"),
            ] {
                let ended = try await Executable.run(["serve"] + options, environment: environment)
                #expect(ended.end == .exited(2))
                expectOneLine(ended.errors, names: [name])
                #expect(!ended.errors.contains("5ec2e7"))
            }
        }

        @Test("the command refuses a token that no service would take")
        func badToken() async throws {
            for options in [
                ["--name", "a b", "--role", "read"], ["--name", "a", "--role", "read", "--program", "*x"],
                ["--name", "a", "--role", "king"], ["--name", "a"], ["--name", "a", "--role", "run", "--days", "0"],
            ] {
                let ended = try await Executable.run(["token", "new"] + options)
                #expect(ended.end == .exited(2))
                #expect(ended.output.isEmpty)
            }
        }
    }
}
