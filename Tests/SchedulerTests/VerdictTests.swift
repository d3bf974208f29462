import Foundation
import PageStorage
import Scheduler
import Testing
import WorkerProtocol

extension WorkerSuites {
    @Suite("What is true of a job is what the storage holds")
    struct VerdictTests {
        @Test("a job that was stored just before its worker died is answered as stored", arguments: ["signal", "hang"])
        func committedBeforeDeath(entry: String) async throws {
            try await Service(workers: 1).use { service in
                let request = request(entry, [Int64(SIGKILL)], timeoutMs: 200)
                var stored = Job(request)
                stored.state = .finished
                stored.outcome = .success
                stored.committed = true
                stored.programVersion = 7
                let record = JobRecord(
                    id: stored.id, program: stored.program, state: "finished", outcome: "success", createdAt: 1,
                    finishedAt: 2, document: try stored.document())
                #expect(try await service.recorder.record(record))
                let job = try await service.scheduler.run(request)
                #expect(job.outcome == .success)
                #expect(job.committed)
                #expect(job.programVersion == 7)
                #expect(service.recorder.record(id: job.id) == record)
            }
        }

        @Test("a job that its worker could not store is stored by the server")
        func unrecorded() async throws {
            try await Service(workers: 1).use { service in
                let job = try await service.run("unrecorded")
                #expect(job.outcome == .success)
                #expect(service.recorder.stored(job.id)?.outcome == .success)
                #expect(service.scheduler.activeJobs().isEmpty)
                let untouched = try await service.run("echo")
                #expect(service.recorder.record(id: untouched.id) == nil)
            }
        }

        @Test("while the storage is away such jobs fail, are remembered, and are stored when it is back")
        func storageAway() async throws {
            try await Service(workers: 2).use { service in
                service.recorder.isAway = true
                let jobs = try await [
                    service.run("unrecorded", program: "a"), service.run("signal", Int64(SIGKILL), program: "b"),
                    service.run("hang", program: "c", timeoutMs: 50),
                ]
                for job in jobs {
                    #expect(job.state == .failed)
                    #expect(job.outcome == nil)
                    #expect(job.results.isEmpty)
                    #expect(job.error?.code == "storage_unavailable")
                }
                #expect(service.scheduler.activeJobs().map(\.id) == jobs.reversed().map(\.id))
                #expect(service.scheduler.activeJobs().allSatisfy { $0.state == .failed })
                let attempts = service.recorder.attempts
                #expect(await eventually { service.recorder.attempts > attempts })
                #expect(service.scheduler.activeJobs().count == 3)
                service.recorder.isAway = false
                #expect(await eventually { service.scheduler.activeJobs().isEmpty })
                for job in jobs { #expect(service.recorder.stored(job.id)?.error?.code == "storage_unavailable") }
            }
        }

        @Test("jobs that are not stored count as waiting: there is an end to what is remembered")
        func rememberedLimit() async throws {
            try await Service(workers: 1) { $0.waitingLimit = 2 }.use { service in
                service.recorder.isAway = true
                for _ in 0..<2 { _ = try await service.run("unrecorded") }
                await #expect(throws: SchedulerError.tooManyJobs(retryAfter: 1)) { _ = try await service.run("echo") }
                service.recorder.isAway = false
                #expect(await eventually { service.scheduler.activeJobs().isEmpty })
                try await expectSuccess(service.run("echo"))
            }
        }
    }
}
