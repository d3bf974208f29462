import PageStorage
import Testing
import WorkerProtocol

@testable import Scheduler

extension WorkerSuites {
    @Suite("Jobs that end on other servers")
    struct EndLookupTests {
        @Test("all who wait here are told of an end elsewhere, and of none that did not come")
        func elsewhere() async throws {
            try await Service().use { service in
                let (key, other) = (try await service.key(of: "p"), ServerID(bytes: UUIDv7.next().bytes))
                try await hold(key, by: other, in: service)
                var jobs: [Service.Submitted] = []
                for _ in 0..<4 { jobs.append(try await service.submit("echo")) }
                #expect(jobs.allSatisfy { service.state(of: $0.id) == nil })
                let (posted, last) = (Array(jobs[..<3]), jobs[3])
                let told = Task { await ends(of: posted.map(\.id), in: service.scheduler) }
                for job in posted {
                    var ended = job.accepted.job
                    ended.state = .finished
                    ended.outcome = .success
                    let record = JobRecord(ended)
                    try await service.storage.withStorage { storage throws(StorageError) in
                        _ = try storage.claimMore(of: [key], orWaiting: 0, by: other, jobsPerLane: 1)
                        _ = try storage.recordJob(record, claim: other)
                    }
                }
                #expect(Set(await told.value) == Set(posted.map(\.id)))
                for job in posted { #expect(try await job.value.state == .finished) }
                let waiting = try await last.accepted.end(within: .milliseconds(100))
                guard case .active? = waiting else {
                    Issue.record("a job that has not ended is said to have")
                    return
                }
            }
        }

        /// Has another server hold a program.
        private func hold(_ key: ProgramKey, by server: ServerID, in service: Service) async throws {
            let job = PostedJob(
                id: UUIDv7.next().description, program: "p", key: key, request: [], intent: .take)
            let outcomes = try await service.storage.withStorage { storage throws(StorageError) in
                _ = try storage.registerServer(server, leaseMs: 600_000)
                return try storage.postJobs([job], by: server, wakesOthers: false)
            }
            guard case .claimed? = outcomes.first else { throw StorageError.failed("the lane is not free") }
        }

        /// Waits for the ends of jobs: nobody else looks for them.
        private func ends(of jobs: [String], in scheduler: Scheduler) async -> [String?] {
            await withTaskGroup { group in
                for job in jobs {
                    group.addTask {
                        let ticket = scheduler.watch.ticket(for: job)
                        await scheduler.ends.wait(for: ticket, within: .seconds(60))
                        return ticket.endedElsewhere?.id
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
    }
}
