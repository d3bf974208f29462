import Foundation
import Testing

extension ServiceSuites {
    @Suite("lazypages run")
    struct RunCommandTests {
        @Test("it prints the job, and its exit status says how it ended")
        func statuses() async throws {
            let folder = try TestFolder()
            let module = try folder.write("counter.wat", CounterProgram.text())
            for (arguments, status, outcome) in [
                (["--entry", "deposit", "--arg", "8", "--arg", "-5"], 0, "success"),
                (["--entry", "abandon", "--arg", "8"], 1, "trap"),
                (["--entry", "byte", "--arg", "80", "--arg", "0"], 1, "memory_out_of_bounds"),
                (["--entry", "put", "--arg", "8", "--arg", "1", "--gas-limit", "10"], 1, "gas_limit_exceeded"),
                (["--entry", "forever", "--timeout-ms", "200"], 1, "timeout"),
            ] {
                let ended = try await run([module, "--cache", folder("cache")] + arguments)
                #expect(ended.end == .exited(Int32(status)), "\(arguments): \(ended.errors)")
                let job = try #require(ended.job)
                #expect(job.state == "finished" && job.outcome == outcome)
                #expect(!job.committed)
            }
        }

        @Test("with a storage the memory stays from one call to the next", arguments: StorageKind.allCases)
        func persistence(kind: StorageKind) async throws {
            let folder = try TestFolder()
            let storage = try TestStorage(kind)
            let module = try folder.write("counter.wat", CounterProgram.text())
            let arguments = [
                module, "--cache", folder("cache"), "--storage", storage.location, "--program", "bank", "--entry",
                "deposit", "--arg", "8", "--arg", "5",
            ]
            for (flags, result, version) in [(["--commit"], 5, 1), ([], 10, 1), (["--commit"], 10, 2)] {
                let ended = try await run(arguments + flags)
                #expect(ended.end == .exited(0), "\(ended.errors)")
                let job = try #require(ended.job)
                #expect(job.results == [result] && job.programVersion == version)
                #expect(job.committed == !flags.isEmpty)
            }
            try await withService(on: storage) { service in
                let job = try await service.client.run("bank", "deposit", 8, 1)
                #expect(job.results == [11])
                #expect(try await service.client.jobs("program=bank").count == 4)
            }
        }

        @Test("the payload reaches the program, and its reply is printed")
        func payload() async throws {
            let folder = try TestFolder()
            let module = try folder.write(
                "echo.wat",
                """
                (module (import "env" "memory" (memory 1))
                  (import "env" "gr_reply_input" (func $reply (param i32 i32 i32 i32)))
                  (func (export "handle") (call $reply (i32.const 1) (i32.const 2) (i32.const -1) (i32.const 0))))
                """)
            let ended = try await run([
                module, "--cache", folder("cache"), "--payload", "0x61626364", "--payload-encoding", "hex",
            ])
            #expect(ended.end == .exited(0), "\(ended.errors)")
            #expect(ended.job?.reply?.payload == Data("bc".utf8))
        }

        @Test("wrong usage is status 2, with a line that says what is wrong")
        func usage() async throws {
            let folder = try TestFolder()
            let module = try folder.write("counter.wat", CounterProgram.text())
            let broken = try folder.write("broken.wat", "(module (memory")
            for (arguments, name) in [
                ([folder("none.wat")], "none.wat"),
                ([broken], "invalid_module"),
                ([module, "--entry", "none"], "none"),
                ([module, "--entry", "deposit", "--arg", "8"], "deposit"),
                ([module, "--entry", "deposit", "--arg", "8", "--arg", "five"], "five"),
                ([module, "--entry", "abandon", "--arg", "8", "--storage", "mysql://host"], "--storage"),
                ([module, "--entry", "forever", "--payload", "0x1", "--payload-encoding", "hex"], "hex digits"),
                ([module, "--entry", "abandon", "--arg", "8", "--program", "a b"], "--program"),
                ([module, "--colour", "red"], "--colour"),
            ] {
                let ended = try await run(arguments + ["--cache", folder("cache")])
                #expect(ended.end == .exited(2), "\(arguments): \(ended.errors)")
                #expect(ended.job == nil)
                let line = try #require(ended.errors.split(separator: "\n").first)
                #expect(line.hasPrefix("lazypages: ") && line.contains(name), "\(ended.errors)")
            }
        }

        @Test("a storage that does not answer is status 3")
        func storageUnreachable() async throws {
            let folder = try TestFolder()
            let module = try folder.write("counter.wat", CounterProgram.text())
            let ended = try await run([
                module, "--cache", folder("cache"), "--entry", "abandon", "--arg", "8", "--storage",
                "sqlite:\(folder("nowhere/lazypages.db"))",
            ])
            #expect(ended.end == .exited(3))
            #expect(ended.job == nil)
            #expect(ended.errors.contains("nowhere"))
        }

        private func run(
            _ arguments: [String]
        ) async throws -> (end: ChildProcess.End, job: JobDocument?, errors: String) {
            let ended = try await Executable.run(["run"] + arguments)
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let job = try? decoder.decode(JobDocument.self, from: Data(ended.output.utf8))
            return (ended.end, job, ended.errors)
        }
    }
}
