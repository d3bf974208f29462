import PageStorage
import Testing
import WorkerProtocol

@testable import Scheduler

extension WorkerSuites {
    @Suite("Other servers on the same storage")
    struct OtherServersTests {
        /// So long that no renewal is due in the tests but the first.
        private func service(workers: Int) throws -> Service {
            try Service(workers: workers) { $0.lease = .seconds(3600) }
        }

        private let other = ServerID(bytes: UUIDv7.next().bytes)

        @Test("are noticed when they come and go, and know whether this one has nothing to do: before a renewal")
        func comeAndGo() async throws {
            try await service(workers: 1).use { service in
                #expect(await eventually { service.readyWorkers().count == 1 })
                try await register(in: service)
                #expect(await eventually { service.scheduler.statistics().otherServers == 1 })
                #expect(try await eventually { try await idleServers(in: service) == 1 })
                let job = try await service.submit("sleep", 20_000)
                #expect(try await eventually { try await idleServers(in: service) == 0 })
                try await service.storage.withStorage { storage throws(StorageError) in
                    try storage.unregisterServer(other)
                }
                #expect(await eventually { service.scheduler.statistics().otherServers == 0 })
                _ = try await service.scheduler.cancel(id: job.id)
            }
        }

        @Test("get jobs that wait here if they have nothing to do, and who waits for those is told")
        func givenBack() async throws {
            try await service(workers: 1).use { service in
                try await register(in: service)
                let busy = try await service.submit("sleep", 20_000, program: "busy")
                #expect(await eventually { service.state(of: busy.id) == .running })
                let waiting = try await service.submit("echo")
                // Less than the busy worker takes.
                let (ticket, limit, begin) = (
                    service.scheduler.watch.ticket(for: waiting.id), Duration.seconds(10), ContinuousClock.now
                )
                _ = try await service.storage.withStorage { storage throws(StorageError) in
                    try storage.otherServers(than: other, isIdle: true)
                }
                await ticket.wait(within: limit)
                #expect(.now - begin < limit)
                #expect(service.state(of: waiting.id) == nil)
                #expect(try await eventually { try await claim(in: service) == [waiting.id] })
                _ = try await service.scheduler.cancel(id: busy.id)
            }
        }

        @Test("see what runs here before a renewal")
        func running() async throws {
            try await service(workers: 1).use { service in
                try await register(in: service)
                #expect(await eventually { service.scheduler.statistics().otherServers == 1 })
                let job = try await service.submit("sleep", 20_000)
                let isSeen = try await eventually {
                    try await service.storage.withStorage { storage throws(StorageError) in
                        try storage.queuedJob(id: job.id)?.startedAt != nil
                    }
                }
                #expect(isSeen)
                _ = try await service.scheduler.cancel(id: job.id)
            }
        }

        @Test("cancel what runs or waits here, and who waits for it is told: before a renewal")
        func cancelled() async throws {
            try await service(workers: 1).use { service in
                try await register(in: service)
                let running = try await service.submit("sleep", 20_000)
                let waiting = try await service.submit("echo")
                #expect(await eventually { service.state(of: running.id) == .running })
                // Less than the job that runs takes.
                let limit = Duration.seconds(10)
                for job in [waiting, running] {
                    let (ticket, begin) = (service.scheduler.watch.ticket(for: job.id), ContinuousClock.now)
                    var cancelled = job.accepted.job
                    cancelled.state = .cancelled
                    let record = JobRecord(cancelled)
                    #expect(
                        try await service.storage.withStorage { storage throws(StorageError) in
                            try storage.cancelJob(record)
                        })
                    await ticket.wait(within: limit)
                    #expect(.now - begin < limit)
                    #expect(service.state(of: job.id) == nil)
                }
                // Its worker is stopped, and another one started.
                #expect(try await service.submit("echo").value.state == .finished)
            }
        }

        private func register(in service: Service) async throws {
            _ = try await service.storage.withStorage { storage throws(StorageError) in
                try storage.registerServer(other, leaseMs: 3_600_000)
            }
        }

        /// The ids of the jobs that the other server can have.
        private func claim(in service: Service) async throws -> [String] {
            try await service.storage.withStorage { storage throws(StorageError) in
                try storage.claimLanes(by: other, lanes: 9, jobsPerLane: 9).flatMap { $0.jobs.map(\.id) }
            }
        }

        /// As the other server sees it.
        private func idleServers(in service: Service) async throws -> Int {
            try await service.storage.withStorage { storage throws(StorageError) in
                try storage.otherServers(than: other, isIdle: nil).idle
            }
        }
    }
}
