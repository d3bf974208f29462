import Foundation
import Testing

extension ServiceSuites {
    @Suite("lazypages fuzz")
    struct FuzzCommandTests {
        private func start(_ arguments: [String], _ folder: TestFolder) throws -> ChildProcess {
            try ChildProcess([Executable.path, "fuzz"] + arguments, folder: folder.path)
        }

        @Test("without a difference it says what it did, and a fresh seed")
        func success() async throws {
            let folder = try TestFolder()
            for arguments in [["--seed", "77"], ["--compiler", "winch"]] {
                let process = try start(arguments + ["--runs", "10"], folder)
                #expect(try await process.waitForEnd() == .exited(0), "\(process.output)\(process.errors)")
                #expect(process.output.contains("no difference") && process.output.contains("programs: "))
                #expect(process.output.contains(arguments[0] == "--seed" ? "seed 77," : "compilers: winch"))
            }
        }

        @Test("wrong usage is status 2", arguments: [["--runs", "0"], ["--compiler", "gcc"], ["--seed", "-1"]])
        func usage(arguments: [String]) async throws {
            let process = try start(arguments, try TestFolder())
            #expect(try await process.waitForEnd() == .exited(2), "\(process.output)")
        }

        @Test("a crash tells the seed of its run and the program")
        func crash() async throws {
            let folder = try TestFolder()
            let process = try start(["--seed", "500", "--runs", "1000000"], folder)
            try #require(await eventually { !ProcessTable.children(of: process.number).isEmpty })
            let worker = try #require(ProcessTable.children(of: process.number).first)
            try await Task.sleep(for: .seconds(1))
            kill(worker, SIGKILL)
            #expect(try await process.waitForEnd() == .exited(1))
            #expect(process.output.contains("CRASH: signal 9 in the run of seed "), "\(process.output)")
            #expect(process.output.contains("(module"))
        }
    }
}
