import Foundation
import Scheduler
import Testing
import WorkerProtocol

extension WorkerSuites {
    @Suite("Quick jobs share a worker")
    struct TogetherTests {
        private let programs = (0..<6).map { "p\($0)" }

        /// Runs a job of each program, so that all are known as quick, then has the worker busy while others wait.
        private func behindBusyWorker(
            _ service: Service, _ jobs: [(program: String, entry: String, arg: Int64)], timeoutMs: UInt64 = 20_000
        ) async throws -> [Job] {
            for program in programs { try await expectSuccess(service.run("echo", program: program)) }
            let busy = try await service.submit("sleep", 300, program: "busy")
            #expect(await eventually { service.state(of: busy.id) == .running })
            var submitted: [Service.Submitted] = []
            for (program, entry, arg) in jobs {
                submitted.append(try await service.submit(entry, arg, program: program, timeoutMs: timeoutMs))
            }
            var ended: [Job] = []
            for job in submitted { ended.append(try await job.value) }
            try await expectSuccess(busy.value)
            return ended
        }

        @Test("all of them come to their ends, each with its own answer")
        func together() async throws {
            try await Service(workers: 1).use { service in
                let jobs = try await behindBusyWorker(
                    service, programs.enumerated().map { ($1, "batch_size", Int64($0)) })
                for job in jobs { expectSuccess(job) }
                #expect(jobs.map { $0.results[2] } == (0..<6).map { .integer($0) })
                // Those that waited went in one command.
                #expect(jobs.map { $0.results[1] } == (0..<6).map { _ in .integer(6) })
            }
        }

        @Test("when one takes long the rest goes to another worker, and that one goes on")
        func takenBack() async throws {
            try await Service(workers: 2).use { service in
                let busy = try await service.submit("sleep", 2000, program: "other")
                let jobs = try await behindBusyWorker(
                    service, [("p0", "sleep", 600), ("p1", "echo", 0), ("p2", "echo", 0), ("p3", "echo", 0)])
                for job in jobs { expectSuccess(job) }
                let ends = jobs.compactMap(\.finishedAt)
                #expect(ends.count == 4)
                try await expectSuccess(busy.value)
                #expect(service.scheduler.statistics().restarts.isEmpty)
            }
        }

        @Test("a worker that does not begin for a while keeps its jobs")
        func lateBegin() async throws {
            try await Service(workers: 1, behaviour: "hesitate").use { service in
                let jobs = try await behindBusyWorker(service, programs.map { ($0, "batch_size", 0) })
                for job in jobs { expectSuccess(job) }
                #expect(jobs.map { $0.results[1] } == (0..<6).map { _ in .integer(6) })
                // What the worker does next is what it is told.
                for _ in 0..<8 { try await expectSuccess(service.run("echo", program: "p0")) }
                #expect(service.scheduler.statistics().restarts.isEmpty)
            }
        }

        @Test("when one takes very long after others ran, all begin again, and none counts as crashed")
        func heldUp() async throws {
            try await Service(workers: 1).use { service in
                let jobs = try await behindBusyWorker(
                    service, [("p0", "answer_last", 0), ("p1", "sleep", 900), ("p2", "echo", 0)])
                for job in jobs { expectSuccess(job) }
                #expect(await eventually { service.scheduler.statistics().restarts == ["held_up": 1] })
                #expect(service.scheduler.statistics().retries.filter { $0.value > 0 } == ["held_up": 1])
            }
        }

        @Test("a crash is laid to the charge of the job that was under way, and the others are run")
        func crash() async throws {
            try await Service(workers: 1).use { service in
                let jobs = try await behindBusyWorker(
                    service, [("p0", "answer_last", 0), ("p1", "signal", Int64(SIGKILL)), ("p2", "echo", 0)])
                expectSuccess(jobs[0])
                #expect(jobs[1].error?.code == "worker_crashed")
                expectSuccess(jobs[2])
                // Once with the others, then twice more.
                #expect(await eventually { service.scheduler.statistics().restarts == ["crashed": 3] })
            }
        }

        @Test("a time-out among others is the job's own")
        func timeout() async throws {
            try await Service(workers: 1).use { service in
                let jobs = try await behindBusyWorker(
                    service, [("p0", "answer_last", 0), ("p1", "hang", 0), ("p2", "echo", 0)], timeoutMs: 400)
                expectSuccess(jobs[0])
                #expect(jobs[1].outcome == .timeout)
                expectSuccess(jobs[2])
            }
        }
    }
}
