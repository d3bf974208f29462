import Foundation
import Scheduler
import Testing
import WorkerProtocol

extension WorkerSuites {
    @Suite("Workers that take too long")
    struct TimeoutTests {
        @Test("a program that does not end is stopped: its job is finished with outcome timeout")
        func timeout() async throws {
            try await Service(workers: 1).use { service in
                let before = try await service.run("echo").workerProcess
                let job = try await service.run("hang", timeoutMs: 100)
                #expect(job.state == .finished)
                #expect(job.outcome == .timeout)
                #expect(job.gas.left == 0 && job.gas.burned == job.gas.limit)
                #expect(job.error?.code == "timeout")
                #expect(try #require(job.error).message.contains("100 ms"))
                #expect(!job.committed)
                #expect(try await service.stored(job.id)?.outcome == .timeout)
                let after = try await service.run("echo").workerProcess
                #expect(before != after)
                #expect(service.workerProcesses().count == 1)
                #expect(await eventually { service.scheduler.statistics().restarts == ["timeout": 1] })
            }
        }

        @Test("the time-out does not count while the job is stored")
        func slowStore() async throws {
            try await Service(workers: 1).use { service in
                try await expectSuccess(service.run("store_slowly", 500, timeoutMs: 100))
            }
        }

        @Test("a program that starts over has the time of its new form, and no more")
        func startsOver() async throws {
            try await Service(workers: 1).use { service in
                try await expectSuccess(service.run("start_over", 200, timeoutMs: 300))
                let job = try await service.run("start_over_and_hang", 100, timeoutMs: 100)
                #expect(job.outcome == .timeout)
            }
        }

        @Test("a worker that takes too long to load or to store is taken for broken")
        func overdue() async throws {
            let service = try Service(workers: 1) {
                $0.limits.load = .milliseconds(300)
                $0.limits.store = .milliseconds(300)
            }
            try await service.use { service in
                let load = try await service.run("never_started")
                #expect(load.error?.code == "worker_crashed")
                #expect(try #require(load.error).message.hasSuffix("took longer than 0.3 seconds to load the program"))
                let store = try await service.run("store_slowly", 5000)
                #expect(store.error?.code == "worker_crashed")
                #expect(try #require(store.error).message.hasSuffix("took longer than 0.3 seconds to store the job"))
                try await expectSuccess(service.run("echo"))
            }
        }
    }
}
