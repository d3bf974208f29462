import Testing

extension ServiceSuites {
    @Suite("Programs that end badly")
    struct ProgramEndTests {
        @Test("a trap ends the job, and nothing of it is kept", arguments: StorageKind.allCases)
        func trap(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let job = try await service.client.run(program, "abandon", 8)
                #expect(job.state == "finished" && job.outcome == "trap" && job.status == "normal")
                #expect(job.error?.code == "trap")
                #expect(job.error?.message.isEmpty == false)
                #expect(!job.committed && job.programVersion == 0)
                #expect(try await service.client.run(program, "visit", 8, 1).results == [0])
            }
        }

        @Test("an access outside the memory ends the job, and the worker goes on")
        func outOfBounds() async throws {
            try await withService(on: .sqlite, workers: 1) { service in
                let program = try await service.client.upload("bank")
                let workers = try service.workers()
                // The first byte behind the memory, one far away, and a store half of which lies outside.
                for job in [
                    try await service.client.run(program, "byte", 80, 0),
                    try await service.client.run(program, "byte", 200_000, 0),
                    try await service.client.run(program, "seam", 79),
                ] {
                    #expect(job.outcome == "memory_out_of_bounds" && job.error?.code == "memory_out_of_bounds")
                    #expect(!job.committed)
                }
                #expect(try await service.client.run(program, "byte", 79, 16_383).results == [0])
                #expect(try service.workers() == workers)
            }
        }

        @Test("an endless program ends at its time-out, and the next job runs", arguments: StorageKind.allCases)
        func timeout(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 1) { service in
                let program = try await service.client.upload("bank")
                let job = try await service.client.run(program, "forever", timeoutMs: 200)
                #expect(job.state == "finished" && job.outcome == "timeout")
                #expect(job.error?.code == "timeout")
                #expect(try await service.client.job(job.id) == job)
                #expect(try await service.client.run(program, "deposit", 8, 1).results == [1])
            }
        }
    }
}
