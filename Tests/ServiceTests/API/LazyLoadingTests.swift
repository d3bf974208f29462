import Foundation
import Testing

extension ServiceSuites {
    @Suite("A large memory")
    struct LazyLoadingTests {
        private static let touched = 3

        @Test("of 64 MiB stored, a job that touches three pages has three read", arguments: StorageKind.allCases)
        func threeOfMany(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 1) { service in
                let small = try await store(pages: 64, as: "small", service)
                let large = try await store(pages: 4096, as: "large", service)
                // Statistics of a connection are complete when it has ended.
                try await service.stop()
                let before = try PageStatistics(service.storage)
                try await service.start()

                let gas = try await service.gas()
                let job = try await service.client.run(large, "visit", 1000, Self.touched)
                #expect(job.outcome == "success" && job.loadedPages == Self.touched)
                #expect(job.accessedPages == [1000, 1001, 1002])
                try gas.expect(
                    job, own: CounterProgram.ownGas + Self.touched * CounterProgram.visitGas,
                    ["signal_read": Self.touched, "load_page_data": Self.touched])
                let metrics = try await service.metrics()
                #expect(metrics["lazypages_pages_loaded_total"] == Double(Self.touched))
                #expect(metrics["lazypages_loaded_bytes_total"] == Double(Self.touched * 16_384))

                try await service.stop()
                if let before, let after = try PageStatistics(service.storage) {
                    #expect(after.contentsRead - before.contentsRead == Self.touched)
                    print("rows of pages: \(after.rowsRead - before.rowsRead) looked at, for one job")
                }
                try await service.start()
                let times = [try await time(of: small, service), try await time(of: large, service)]
                print(
                    "\(kind): three pages of 1 MiB stored take \(times[0]), three of 64 MiB \(times[1]): "
                        + "\((times[1] / times[0]).formatted(.number.precision(.fractionLength(1)))) times")
                #expect(times[1] < times[0] * 100)
            }
        }

        @Test("pages of a scan come many in a query, unless that is switched off", arguments: ["on", "off"])
        func prefetch(setting: String) async throws {
            try await withService(on: .sqlite, workers: 1, options: ["--prefetch", setting]) { service in
                let program = try await store(pages: 64, as: "program", service)
                for expected in setting == "on" ? [2...12, 1...1] : [64...64, 64...64] {
                    // A dry run reads the storage, whatever the worker knows of the program.
                    let job = try await service.client.run(program, "visit", 16, 64, commit: false)
                    #expect(job.outcome == "success" && job.loadedPages == 64)
                    #expect(expected.contains(try #require(job.counters?["page_queries"])))
                }
            }
        }

        /// A program with so many stored pages.
        private func store(pages: Int, as id: String, _ service: TestService) async throws -> String {
            let program = try await service.client.upload(id, CounterProgram.text(memory: (1040, 1040)))
            let part = min(pages, 2048)
            for start in stride(from: 16, to: 16 + pages, by: part) {
                let job = try await service.client.run(
                    program, "fill", start, part, start, gas: 1_000_000_000, pages: "numbers", timeoutMs: 60_000)
                #expect(job.outcome == "success" && job.writtenPages == Array(start..<start + part))
            }
            #expect(try await service.client.program(program).storedPages == pages)
            return program
        }

        /// The shortest of several runs.
        private func time(of program: String, _ service: TestService) async throws -> Duration {
            var shortest = Duration.seconds(1000)
            for _ in 0..<10 {
                let start = ContinuousClock.now
                let job = try await service.client.run(program, "visit", 40, Self.touched)
                shortest = min(shortest, .now - start)
                #expect(job.loadedPages == Self.touched)
            }
            return shortest
        }
    }
}

/// What PostgreSQL has counted of reads of stored pages.
struct PageStatistics {
    /// Page contents: each is kept beside its row, since it is large and cannot be compressed, and is looked up there.
    var contentsRead: Int
    /// Rows, with or without their contents.
    var rowsRead: Int

    /// nil for SQLite, which counts nothing.
    init?(_ storage: TestStorage) throws {
        guard storage.kind == .postgresql else { return nil }
        let counts = try storage.query(
            """
            SELECT beside.idx_scan, pages.idx_tup_fetch + pages.seq_tup_read
            FROM pg_stat_all_tables AS pages
                JOIN pg_class ON pg_class.oid = pages.relid
                JOIN pg_stat_all_tables AS beside ON beside.relid = pg_class.reltoastrelid
            WHERE pages.relname = 'pages'
            """
        ).split(separator: "|").compactMap { Int($0) }
        guard counts.count == 2 else { return nil }
        (contentsRead, rowsRead) = (counts[0], counts[1])
    }
}
