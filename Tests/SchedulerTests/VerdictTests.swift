import Foundation
import PageStorage
import Testing
import WorkerProtocol

@testable import Scheduler

extension WorkerSuites {
    @Suite("What is true of a job is what the storage holds")
    struct VerdictTests {
        /// The server's life, once it has one.
        private func life(_ service: Service) async throws -> ServerID {
            #expect(await eventually { service.scheduler.life.current != nil })
            return try #require(service.scheduler.life.current)
        }

        @Test("a job that was stored just before its worker had to be stopped is answered as stored")
        func committedBeforeDeath() async throws {
            try await Service(workers: 1).use { service in
                let job = try await service.submit("hang", timeoutMs: 500)
                #expect(await eventually { service.state(of: job.id) == .running })
                var stored = job.accepted.job
                stored.state = .finished
                stored.outcome = .success
                stored.committed = true
                stored.programVersion = 7
                let record = JobRecord(stored)
                let claim = try await life(service)
                let result = try await service.storage.withStorage { storage throws(StorageError) in
                    try storage.recordJob(record, claim: claim)
                }
                #expect(result == .recorded)
                let answered = try await job.value
                #expect(answered.outcome == .success && answered.committed && answered.programVersion == 7)
            }
        }

        @Test("a job whose worker died when it had stored it, and not told, is observed as stored, once")
        func untold() async throws {
            try await Service(workers: 1).use { service in
                let job = try await service.submit("hang")
                #expect(await eventually { service.state(of: job.id) == .running })
                var stored = job.accepted.job
                stored.state = .finished
                stored.outcome = .success
                let record = JobRecord(stored)
                let claim = try await life(service)
                _ = try await service.storage.withStorage { storage throws(StorageError) in
                    try storage.recordJob(record, claim: claim)
                }
                for worker in service.workerProcesses() { kill(worker, SIGKILL) }
                #expect(try await job.value.outcome == .success)
                #expect(await eventually { service.observed.contains(job.id) })
                try await expectSuccess(service.run("echo"))
                #expect(service.observed.ids.count { $0 == job.id } == 1)
                #expect(service.observed.all.first?.outcome == .success)
                #expect(service.scheduler.statistics().lostClaims == 0)
            }
        }

        @Test("a job that was cancelled while its worker had it is not observed, and counts as lost")
        func cancelledIsLost() async throws {
            try await Service(workers: 1).use { service in
                let job = try await service.submit("hang")
                #expect(await eventually { service.state(of: job.id) == .running })
                guard case .cancelled = try await service.scheduler.cancel(id: job.id) else {
                    Issue.record("it was not cancelled")
                    return
                }
                #expect(await eventually { service.scheduler.statistics().lostClaims == 1 })
                #expect(service.observed.all.isEmpty)
            }
        }

        @Test("a job whose end the storage did not take is run again")
        func unrecorded() async throws {
            let marker = FileManager.default.temporaryDirectory.appending(path: UUIDv7.next().description).path
            defer { try? FileManager.default.removeItem(atPath: marker) }
            try await Service(workers: 1).use { service in
                let first = try await service.submit("unrecorded_once", program: marker)
                let second = try await service.submit("echo", program: marker)
                for job in [first, second] { try await expectSuccess(job.value) }
                #expect(service.observed.all.map(\.id) == [first.id, second.id])
                #expect(service.scheduler.statistics().retries.filter { $0.value > 0 } == ["storage": 1])
            }
        }

        @Test("a worker's job that is not the server's any more is answered as whoever has it ends it")
        func claimLost() async throws {
            try await Service(workers: 1).use { service in
                let job = try await service.submit("claim-lost")
                // The row is still there, so that the job counts as waiting, until somebody ends it.
                #expect(await eventually { service.state(of: job.id) == nil })
                var ended = job.accepted.job
                ended.state = .finished
                ended.outcome = .success
                let record = JobRecord(ended)
                let claim = try await life(service)
                let result = try await service.storage.withStorage { storage throws(StorageError) in
                    try storage.recordJob(record, claim: claim)
                }
                #expect(result == .recorded)
                #expect(try await job.value.outcome == .success)
                #expect(service.observed.all.isEmpty)
            }
        }

        @Test("cancelling a job that runs stops its worker, and one that waits never begins")
        func cancel() async throws {
            try await Service(workers: 1).use { service in
                let running = try await service.submit("hang")
                let waiting = try await service.submit("echo")
                #expect(await eventually { service.state(of: running.id) == .running })
                for job in [waiting, running] {
                    guard case .cancelled(let cancelled) = try await service.scheduler.cancel(id: job.id) else {
                        Issue.record("not cancelled")
                        return
                    }
                    #expect(cancelled.state == .cancelled && cancelled.error?.code == "cancelled")
                    #expect(try await job.value.state == .cancelled)
                    #expect(try await service.stored(job.id)?.state == .cancelled)
                    guard case .ended = try await service.scheduler.cancel(id: job.id) else {
                        Issue.record("cancelled twice")
                        return
                    }
                }
                try await expectSuccess(service.run("echo"))
                #expect(service.observed.all.count == 1)
                guard case .unknown = try await service.scheduler.cancel(id: UUIDv7.next().description) else {
                    Issue.record("cancelled what never was")
                    return
                }
            }
        }

        @Test("the jobs of a deleted program end, and not those of another one that has its id")
        func deleted() async throws {
            try await Service(workers: 1).use { service in
                let running = try await service.submit("hang")
                let waiting = try await service.submit("echo")
                #expect(await eventually { service.state(of: running.id) == .running })
                let key = try await service.key(of: "p")
                try await service.scheduler.endJobs(of: "p", key: ProgramKey(bytes: UUIDv7.next().bytes))
                #expect(service.state(of: running.id) == .running && service.state(of: waiting.id) == .queued)
                service.scheduler.endJobs(ofDeleted: "p", key: key)
                for job in [running, waiting] {
                    #expect(try await job.value.error?.code == "program_deleted")
                    #expect(try await service.stored(job.id)?.state == .failed)
                }
                try await expectSuccess(service.run("echo", program: "other"))
                #expect(await eventually { service.scheduler.statistics().lostClaims == 1 })
                #expect(service.observed.all.count == 3, "each of them once")
            }
        }
    }
}
