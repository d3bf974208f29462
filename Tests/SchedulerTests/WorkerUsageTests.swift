import Foundation
import Testing
import WorkerProtocol

@testable import Scheduler

extension WorkerSuites {
    @Suite("What workers use")
    struct WorkerUsageTests {
        @Test("memory is that of the workers that are there")
        func memory() async throws {
            try await Service(workers: 1).use { service in
                try await expectSuccess(service.run("echo"))
                let before = service.scheduler.statistics().workerResidentBytes
                #expect(before > 1 << 20)
                try await expectSuccess(service.run("hold_and_answer", 64))
                #expect(service.scheduler.statistics().workerResidentBytes >= before + 64 << 20)
                for worker in service.workerProcesses() { kill(worker, SIGKILL) }
                #expect(await eventually { service.scheduler.statistics().restarts == ["crashed": 1] })
                try await expectSuccess(service.run("echo"))
                #expect(service.scheduler.statistics().workerResidentBytes < before + 64 << 20)
            }
        }

        @Test("processor time never becomes less, and that of a worker that died is kept")
        func processorTime() async throws {
            try await Service(workers: 2).use { service in
                var last = 0.0
                for _ in 0..<3 {
                    let worker = try #require(try await service.run("compute", 50).workerProcess)
                    #expect(service.scheduler.statistics().workerProcessorSeconds >= last + 0.05)
                    kill(worker, SIGKILL)
                    // Read without a pause while the worker dies and is replaced.
                    for _ in 0..<20_000 {
                        let statistics = service.scheduler.statistics()
                        #expect(statistics.workerProcessorSeconds >= last)
                        last = statistics.workerProcessorSeconds
                        if statistics.workersStarting == 0, !service.workerProcesses().contains(worker) { break }
                    }
                    #expect(await eventually { service.scheduler.statistics().workersIdle == 2 })
                    #expect(service.scheduler.statistics().workerProcessorSeconds >= last)
                }
            }
        }
    }
}
