import Foundation
import Testing

extension ServiceSuites {
    @Suite("Workers that need too much memory")
    struct WorkerMemoryTests {
        private static let gas = 1_000_000_000_000

        @Test(
            "a job that writes more than its worker may have fails alone, and is counted",
            arguments: StorageKind.allCases)
        func exceeded(kind: StorageKind) async throws {
            try await withService(on: kind, options: ["--worker-memory", "192"]) { service in
                try await service.client.upload("small")
                try await service.client.upload("large", CounterProgram.text(memory: (8192, 8192)))
                let other = try service.makeClient()
                async let work = other.run("small", "work", 200_000_000, timeoutMs: 60_000)
                let job = try await service.client.post(
                    JobSubmission(
                        program: "large", entry: "fill", args: [8, 30_000, 1], gasLimit: Self.gas, timeoutMs: 60_000))
                #expect(job.status == 500)
                #expect(try job.problem().code == "worker_memory_exceeded")
                #expect(try await work.outcome == "success")
                #expect(try await service.client.program("large").storedPages == 0)
                #expect(try await service.client.run("large", "deposit", 8, 1).results == [1])

                let metrics = try await service.metrics()
                #expect(metrics.nonzero("lazypages_worker_restarts_total") == [#"{cause="memory"}"#: 3])
                #expect(metrics.nonzero("lazypages_job_failures_total") == [#"{code="worker_memory_exceeded"}"#: 1])
            }
        }

        @Test("a job that writes the largest memory whole has room in a worker, unless it is told otherwise")
        func standard() async throws {
            try await withService(on: .sqlite, options: ["--memory-limit", "1024"]) { service in
                try await service.client.upload("whole", CounterProgram.text(memory: (1024, 1024)))
                let job = try await service.client.run("whole", "fill", 8, 4080, 1, gas: Self.gas, timeoutMs: 60_000)
                #expect(job.outcome == "success" && job.writtenPages.count == 4080)
            }
        }

        @Test("the kernel would end a worker before the server")
        func outOfMemory() async throws {
            try await withService(on: .sqlite) { service in
                @Sendable func score(_ process: pid_t) throws -> Int? {
                    let text = try String(contentsOfFile: "/proc/\(process)/oom_score_adj", encoding: .utf8)
                    return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
                }
                let server = try #require(try score(try service.process.number))
                // The service is ready before each of its workers is.
                for worker in try service.workers() {
                    #expect(try await eventually { try score(worker).map { $0 > server } ?? false })
                }
            }
        }
    }
}
