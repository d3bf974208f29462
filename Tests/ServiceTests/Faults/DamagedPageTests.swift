import Testing

extension ServiceSuites {
    @Suite("A damaged storage")
    struct DamagedPageTests {
        @Test("a stored page of the wrong length fails its jobs, and no others", arguments: StorageKind.allCases)
        func wrongLength(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 1) { service in
                let damaged = try await service.client.upload("damaged")
                let other = try await service.client.upload("other")
                for program in [damaged, other] { _ = try await service.client.run(program, "fill", 8, 3, 1) }
                try await service.stop()
                try service.storage.sql(
                    """
                    UPDATE pages SET bytes = substr(bytes, 1, 16000)
                    WHERE page = 9 AND program = (SELECT key FROM programs WHERE id = 'damaged')
                    """)
                try await service.start()
                let workers = try service.workers()

                let answer = try await service.client.post(
                    JobSubmission(program: damaged, entry: "deposit", args: [9, 1]))
                let problem = try answer.expectProblem(500, "page_size_mismatch")
                for text in ["page 9", "16000", "16384"] { #expect(problem.detail?.contains(text) == true) }
                let job = try await service.client.job(try #require(problem.job))
                #expect(job.state == "failed" && job.error?.code == "page_size_mismatch" && !job.committed)
                #expect(job.counters?["read_faults"] == 1 && job.counters?["pages_loaded"] == 0)

                #expect(try await service.client.run(damaged, "deposit", 10, 1).outcome == "success")
                #expect(try await service.client.run(other, "deposit", 9, 1).outcome == "success")
                #expect(try service.workers() == workers)
                // A repair from outside.
                let repair = try await service.client.request(
                    "PUT", "/v1/programs/damaged/pages/9", type: "application/octet-stream",
                    body: [UInt8](repeating: 0, count: 16_384))
                #expect(repair.status == 204)
                #expect(try await service.client.run(damaged, "deposit", 9, 1).results == [1])
            }
        }
    }
}
