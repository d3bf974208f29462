import Foundation
import LazyPages
import Testing

extension ServiceSuites {
    @Suite("A service that cannot start")
    struct StartTests {
        @Test("wrong options end it with status 2 and a line that names them")
        func usage() async throws {
            for (arguments, environment, name) in [
                (["--colour", "red"], [:], "--colour"),
                (["--port", "80000"], [:], "--port"),
                (["--workers", "0"], [:], "--workers"),
                (["--worker-memory", "-1"], [:], "--worker-memory"),
                (["--storage", "mysql://host/database"], [:], "--storage"),
                (["--log-level", "loud"], [:], "--log-level"),
                (["--prefetch", "maybe"], [:], "--prefetch"),
                ([], ["LAZYPAGES_COMPILER": "gcc"], "cranelift or winch"),
                ([], ["LAZYPAGES_PREFETCH": "maybe"], "LAZYPAGES_PREFETCH"),
                ([], ["LAZYPAGES_PORT": "http"], "LAZYPAGES_PORT"),
                ([], ["LAZYPAGES_WAITING_JOBS": "-1"], "--waiting-jobs"),
            ] {
                let ended = try await Executable.run(["serve"] + arguments, environment: environment)
                #expect(ended.end == .exited(2))
                #expect(ended.output.isEmpty)
                let line = try #require(ended.errors.split(separator: "\n").first)
                #expect(line.hasPrefix("lazypages: ") && line.contains(name), "\(ended.errors)")
            }
        }

        @Test("a port that is taken ends it with a line that says what to do")
        func portTaken() async throws {
            try await withService(on: .sqlite) { service in
                let folder = try TestFolder()
                let port = String(try service.port)
                let ended = try await Executable.run([
                    "serve", "--port", port, "--storage", "sqlite:\(folder("second.db"))", "--cache", folder("cache"),
                ])
                #expect(ended.end == .exited(3))
                expectOneLine(ended.errors, names: [port, "--port"])
            }
        }

        @Test("a database that does not answer ends it with a line that says so")
        func storageUnreachable() async throws {
            let folder = try TestFolder()
            for (location, name) in [
                ("postgresql:///none?host=\(folder("nowhere"))", "nowhere"),
                ("sqlite:\(folder("nowhere/lazypages.db"))", "nowhere"),
            ] {
                let ended = try await Executable.run([
                    "serve", "--port", "0", "--storage", location, "--cache", folder("cache"),
                ])
                #expect(ended.end == .exited(3))
                expectOneLine(ended.errors, names: ["storage", name])
            }
        }

        @Test(
            "a database that can only be read ends it with a line that says so",
            .enabled(if: PrivateMount.isPossible, "a mount of its own needs mount namespaces (unshare -m)"))
        func readOnlyDatabase() async throws {
            let folder = try TestFolder()
            let storage = TestStorage(sqlite: folder("lazypages.db"))
            try await withService(on: storage) { _ in }
            let process = try ChildProcess(
                PrivateMount(readOnly: folder("lazypages.db")).launcher + [
                    Executable.path, "serve", "--port", "0", "--storage", storage.location, "--cache", folder("cache"),
                ], environment: [:], folder: folder.path)
            #expect(try await process.waitForEnd() == .exited(3))
            expectOneLine(process.errors, names: ["storage", "lazypages.db", "readonly"])
        }

        @Test(
            "a memory that could need more areas than the system allows a process is refused",
            .enabled(if: MemoryAreas.largestSafeMemory() < 65_536))
        func memoryLimit() async throws {
            let folder = try TestFolder()
            let limit = MemoryAreas.largestSafeMemory()
            let ended = try await Executable.run([
                "serve", "--port", "0", "--storage", "sqlite:\(folder("lazypages.db"))", "--cache", folder("cache"),
                "--memory-limit", String(limit + 1),
            ])
            #expect(ended.end == .exited(2))
            expectOneLine(ended.errors, names: ["--memory-limit", String(limit), "vm.max_map_count"])
        }

        @Test("a cache that cannot be used ends it before it says that it is ready")
        func cacheUnusable() async throws {
            let folder = try TestFolder()
            let file = try folder.write("file", "")
            let open = folder("open")
            try FileManager.default.createDirectory(atPath: open, withIntermediateDirectories: false)
            try #require(chmod(open, 0o777) == 0)
            for cache in [file, "\(file)/cache", open, "/proc/lazypages"] {
                let ended = try await Executable.run([
                    "serve", "--port", "0", "--storage", "sqlite:\(folder("lazypages.db"))", "--cache", cache,
                ])
                #expect([.exited(2), .exited(3)].contains(ended.end), "\(cache): \(ended.end)")
                #expect(ended.output.isEmpty)
                expectOneLine(ended.errors, names: [cache, "--cache"])
            }
        }

        @Test("the environment sets every option, and the command line wins")
        func environment() async throws {
            let folder = try TestFolder()
            let settings = [
                "LAZYPAGES_STORAGE": "mysql://host", "LAZYPAGES_CACHE": folder("cache"), "LAZYPAGES_PORT": "0",
                "LAZYPAGES_WORKERS": "3", "LAZYPAGES_WAITING_JOBS": "5",
            ]
            let process = try ChildProcess(
                [Executable.path, "serve", "--storage", "sqlite:\(folder("lazypages.db"))"], environment: settings,
                folder: folder.path)
            let isReady = await eventually { process.output.hasPrefix("lazypages is ready at ") }
            #expect(isReady, "\(process.errors)")
            let hasWorkers = await eventually { ProcessTable.children(of: process.number).count == 3 }
            #expect(hasWorkers)
            process.send(SIGINT)
            #expect(try await process.waitForEnd() == .exited(0))
        }
    }
}
