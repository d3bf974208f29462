import Foundation
import Scheduler
import Testing
import WorkerProtocol

extension WorkerSuites {
    @Suite("What a worker process inherits")
    struct WorkerEnvironmentTests {
        @Test("standard input is empty, both outputs are the server's standard error, and nothing else is open")
        func descriptors() async throws {
            // Open in this process without close-on-exec, as a careless library would have it.
            let careless = open("/dev/zero", O_RDONLY)
            try #require(careless >= 0)
            defer { close(careless) }
            try await Service(workers: 2).use { service in
                for program in ["a", "b"] {
                    let worker = try #require(try await service.run("echo", program: program).workerProcess)
                    let folder = "/proc/\(worker)/fd"
                    #expect(
                        try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == ["0", "1", "2", "3", "4"])
                    let files = try (0...4).map {
                        try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
                    }
                    #expect(files[0] == "/dev/null")
                    #expect(files[1] == files[2])
                    #expect(files[2] == (try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/2")))
                    #expect(files[3].hasPrefix("socket:"))
                    #expect(files[4].hasPrefix("/memfd:"))
                }
            }
        }

        @Test("no signal is blocked, and none ignored but those that the server handles for its workers")
        func signals() async throws {
            // In a process of its own, whose signals nothing else depends on.
            await #expect(processExitsWith: .success) {
                signal(SIGPIPE, SIG_IGN)
                signal(SIGUSR1, SIG_IGN)
                var blocked = sigset_t()
                sigemptyset(&blocked)
                sigaddset(&blocked, SIGUSR2)
                pthread_sigmask(SIG_BLOCK, &blocked, nil)
                let service = try Service(workers: 1)
                let worker = try #require(try await service.run("echo").workerProcess)
                let status = try String(contentsOfFile: "/proc/\(worker)/status", encoding: .utf8)
                let sets = status.split(separator: "\n").map { $0.split(separator: "\t") }
                // The classic signals, 1 to 31: those behind them are the C library's own affair.
                let signals = { (name: String) in
                    sets.first { $0.first == "\(name):" }?.last.flatMap { UInt64($0, radix: 16) }.map {
                        $0 & 0x7FFF_FFFF
                    }
                }
                #expect(signals("SigBlk") == 0)
                let ignored = [SIGHUP, SIGINT, SIGTERM].reduce(UInt64(0)) { $0 | 1 << UInt64($1 - 1) }
                #expect(signals("SigIgn") == ignored)
                await service.scheduler.shutdown(within: .seconds(20))
            }
        }
    }
}
