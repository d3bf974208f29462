import Foundation
import PageStorage
import Scheduler
import Testing
import WorkerProtocol

extension WorkerSuites {
    @Suite("Verdicts in a real storage")
    struct StoragePoolTests {
        /// Runs `body` with an empty SQLite storage.
        private func withStorage(_ body: (StoragePool) async throws -> Void) async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: UUIDv7.next().description)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(at: folder) }
            let pool = StoragePool(location: .sqlite(path: folder.appending(path: "jobs.db").path), connections: 2)
            try await pool.withStorage { storage throws(StorageError) in try storage.migrate() }
            try await body(pool)
            await pool.close()
        }

        @Test("a crashed job can be read and listed as failed")
        func crash() async throws {
            try await withStorage { pool in
                try await Service(workers: 1, storage: pool).use { service in
                    let job = try await service.run("signal", Int64(SIGKILL))
                    let record = try #require(try await pool.job(id: job.id))
                    #expect(record.state == "failed")
                    #expect(try Job(document: record.document).error == job.error)
                    let failed = try await pool.withStorage { storage throws(StorageError) in
                        try storage.jobs(JobFilter(state: "failed"), before: nil, limit: 10)
                    }
                    #expect(failed.map(\.id) == [job.id])
                }
            }
        }

        @Test("a job that its worker had stored before it died is answered as stored")
        func storedBefore() async throws {
            try await withStorage { pool in
                try await Service(workers: 1, storage: pool).use { service in
                    let request = request("signal", [Int64(SIGKILL)])
                    var stored = Job(request)
                    stored.state = .finished
                    stored.outcome = .success
                    stored.results = [.integer(42)]
                    let record = JobRecord(
                        id: stored.id, program: stored.program, state: "finished", outcome: "success",
                        createdAt: stored.createdAt.milliseconds, finishedAt: stored.createdAt.milliseconds,
                        document: try stored.document())
                    #expect(try await pool.record(record))
                    let job = try await service.scheduler.run(request)
                    #expect(job.outcome == .success)
                    #expect(job.results == [.integer(42)])
                }
            }
        }
    }
}
