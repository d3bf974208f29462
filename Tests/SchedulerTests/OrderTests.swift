import Foundation
import PageStorage
import Testing
import WorkerProtocol

@testable import Scheduler

extension WorkerSuites {
    @Suite("The order of jobs")
    struct OrderTests {
        @Test("jobs of one program run one after another in the order of acceptance, whatever else runs")
        func orderWithinProgram() async throws {
            try await Service(workers: 3).use { service in
                var submitted: [Service.Submitted] = []
                for index in 0..<60 {
                    let (entry, program) = (index < 3 ? "sleep" : "echo", "p\(index % 3)")
                    submitted.append(try await service.submit(entry, index < 3 ? 200 : 0, program: program))
                }
                var jobs: [String: Job] = [:]
                for job in submitted { jobs[job.id] = try await job.value }
                for job in jobs.values { expectSuccess(job) }
                for program in ["p0", "p1", "p2"] {
                    let ended = service.observed.all.filter { $0.program == program }
                    let accepted = submitted.map(\.id).filter { id in ended.contains { $0.id == id } }
                    #expect(ended.count == 20)
                    #expect(ended.map(\.id) == accepted)
                    for (earlier, later) in zip(ended, ended.dropFirst()) {
                        #expect(try #require(earlier.finishedAt) <= #require(jobs[later.id]?.startedAt))
                    }
                }
            }
        }

        @Test("jobs of different programs run side by side")
        func sideBySide() async throws {
            try await Service(workers: 2).use { service in
                let first = try await service.submit("sleep", 400, program: "a")
                let second = try await service.submit("sleep", 400, program: "b")
                let third = try await service.submit("sleep", 1, program: "a")
                #expect(await eventually { service.state(of: first.id) == .running })
                #expect(await eventually { service.state(of: second.id) == .running })
                #expect(service.state(of: first.id) == .running)
                #expect(service.state(of: third.id) == .queued)
                #expect(service.scheduler.statistics().workersBusy == 2)
                #expect(service.scheduler.statistics().queued == 1)
                let processes = try await [first.value.workerProcess, second.value.workerProcess]
                #expect(Set(processes).count == 2)
                _ = try await third.value
            }
        }

        @Test("a program's jobs go to the worker that ran it last while that has nothing else to do")
        func affinity() async throws {
            try await Service(workers: 3).use { service in
                let areIdle = { @Sendable in service.scheduler.statistics().workersIdle == 3 }
                var workers: [String: Set<pid_t>] = [:]
                for round in 0..<10 {
                    for program in round % 2 == 0 ? ["a", "b", "c"] : ["b", "c", "a"] {
                        #expect(await eventually(areIdle))
                        let job = try await service.run("echo", program: program)
                        workers[program, default: []].insert(try #require(job.workerProcess))
                    }
                }
                #expect(workers.values.allSatisfy { $0.count == 1 })
                // One after another they need no more than one.
                #expect(Set(workers.values.flatMap(\.self)).count == 1)
                // While it is busy another one has the program.
                let busy = try #require(workers["a"]?.first)
                let other = try await service.submit("sleep", 300, program: "a")
                #expect(await eventually { service.state(of: other.id) == .running })
                #expect(try await service.run("echo", program: "d").workerProcess != busy)
                _ = try await other.value
            }
        }

        @Test("active jobs are listed newest first, and no longer when they have ended")
        func activeJobs() async throws {
            try await Service(workers: 1).use { service in
                var submitted: [Service.Submitted] = []
                for _ in 0..<4 { submitted.append(try await service.submit("sleep", 100)) }
                let active = try await service.scheduler.activeJobs(JobFilter(), before: nil, limit: 10)
                #expect(active.map(\.id) == submitted.suffix(active.count).reversed().map(\.id))
                let running = active.filter { $0.state == .running }
                #expect(running.allSatisfy { $0.startedAt != nil })
                for job in submitted { _ = try await job.value }
                #expect(await eventually { service.scheduler.dispatcher.runningJobs().isEmpty })
            }
        }

        @Test("one job more than may wait is refused with a time to come back")
        func limit() async throws {
            try await Service(workers: 1) { $0.waitingLimit = 2 }.use { service in
                let running = try await service.submit("sleep", 300)
                #expect(await eventually { service.state(of: running.id) == .running })
                let waiting = [try await service.submit("echo"), try await service.submit("echo", program: "q")]
                let error = await #expect(throws: SubmissionRefusal.self) { _ = try await service.run("echo") }
                guard case .serviceBusy(let seconds)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect((1...60).contains(seconds))
                for job in [running] + waiting { try await expectSuccess(job.value) }
                try await expectSuccess(service.run("echo"))
            }
        }

        @Test("a job whose caller has gone runs to its end")
        func cancelledCaller() async throws {
            try await Service(workers: 1).use { service in
                let running = try await service.submit("sleep", 100)
                let waiting = try await service.submit("sleep", 1)
                let callers = [running, waiting].map { job in Task { try await job.value.state } }
                for caller in callers { caller.cancel() }
                for caller in callers { #expect([.queued, .running].contains(try await caller.value)) }
                #expect(await eventually { service.observed.all.count == 2 })
                #expect(service.observed.all.allSatisfy { $0.outcome == .success })
            }
        }

        @Test("the worker learns how long the job has waited")
        func queuedTime() async throws {
            try await Service(workers: 1).use { service in
                let first = try await service.submit("sleep", 100)
                let second = try await service.submit("echo")
                _ = try await first.value
                // It was accepted before the first one ended, which had just begun.
                #expect(try #require(await second.value.timingsUs.queued) > 0)
            }
        }
    }
}
