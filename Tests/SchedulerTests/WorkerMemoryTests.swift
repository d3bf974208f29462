import Foundation
import Scheduler
import Testing

extension WorkerSuites {
    @Suite("The memory of workers")
    struct WorkerMemoryTests {
        private static let limit: UInt64 = 128 << 20

        @Test("a job whose workers need more memory than they may have has failed, saying so, and no other job notices")
        func exceeded() async throws {
            try await Service(workers: 2) { $0.workerMemory = Self.limit }.use { service in
                let other = try await service.submit("sleep", 500, program: "other")
                let greedy = try await service.submit("hold", 256, program: "p")
                let behind = try await service.submit("echo", program: "p")
                let job = try await greedy.value
                #expect(job.state == .failed && job.outcome == nil)
                #expect(job.error?.code == "worker_memory_exceeded")
                #expect(job.error?.message == "the job's worker needed more memory than it may have")
                #expect(try await service.stored(job.id)?.error == job.error)
                for fine in [other, behind] { try await expectSuccess(fine.value) }
                #expect(await eventually { service.scheduler.statistics().restarts == ["memory": 3] })
            }
        }

        @Test("a job that stays below the limit is left alone")
        func within() async throws {
            try await Service(workers: 1) { $0.workerMemory = Self.limit }.use { service in
                try await expectSuccess(service.run("hold_for_a_while", 64))
                #expect(service.scheduler.statistics().restarts.isEmpty)
            }
        }

        @Test("without a limit a worker may have any amount")
        func unlimited() async throws {
            try await Service(workers: 1).use { service in
                try await expectSuccess(service.run("hold_for_a_while", 256))
                #expect(service.scheduler.statistics().restarts.isEmpty)
            }
        }

        @Test("a worker that keeps more from job to job is replaced in time, and every job ends well")
        func kept() async throws {
            try await Service(workers: 1) { $0.workerMemory = Self.limit }.use { service in
                for _ in 0..<40 { try await expectSuccess(service.run("hold_and_answer", 8)) }
                let restarts = service.scheduler.statistics().restarts
                #expect(restarts.keys.elementsEqual(["memory"]))
            }
        }

        @Test("an upload that takes too much memory to look at is told so")
        func upload() async throws {
            try await Service(workers: 1) { $0.workerMemory = Self.limit }.use { service in
                await #expect(throws: SchedulerError.memoryExceeded) {
                    _ = try await service.scheduler.inspect(code: Array("large".utf8), isText: false)
                }
                try await expectSuccess(service.run("echo"))
            }
        }
    }
}
