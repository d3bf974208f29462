import Foundation
import Testing

extension ServiceSuites {
    @Suite("lazypages bench jobs")
    struct BenchJobsTests {
        @Test("rates, latencies and idle latency of a storage have their rows", arguments: StorageKind.allCases)
        func rates(_ kind: StorageKind) async throws {
            let report = try await Self.report(
                kind, "rate,idle", "--connections", "1,2", "--pages", "0,2", "--programs", "2")
            #expect(report.rates.map(\.name) == ["1 0", "2 0", "1 2", "2 2"])
            for row in report.rates {
                #expect(row.failures == 0)
                #expect(row.jobs.median > 0 && row.transactions.median > 0)
                #expect(abs(row.ratio.median / (row.jobs.median / row.transactions.median) - 1) < 1e-6)
                #expect((row.ratioToOne != nil) == (kind == .postgresql))
            }
            #expect(report.latencies.map(\.load) == [0.5, 0.8, 0.5, 0.8, 0.5, 0.8, 0.5, 0.8])
            for row in report.latencies {
                #expect(row.failures == 0)
                #expect(row.p50Microseconds <= row.p90Microseconds && row.p90Microseconds <= row.p99Microseconds)
                #expect(0 < row.p99Microseconds && row.p99Microseconds <= row.maxMicroseconds)
            }
            #expect(report.idle.count == 1)
        }

        @Test(
            "loading whole memories has its rows, and needs longer the larger they are", arguments: StorageKind.allCases
        )
        func eager(_ kind: StorageKind) async throws {
            let report = try await Self.report(kind, "eager", "--memories", "1,8")
            #expect(report.eager.map(\.pagesStored) == [64, 512])
            try #require(report.eager.count == 2 && report.flat.count == 1)
            #expect(report.eager[1].eagerLoadMicroseconds.median > 2 * report.eager[0].eagerLoadMicroseconds.median)
        }

        @Test("two servers and an old snapshot have their rows")
        func servers() async throws {
            let report = try await Self.report(
                .postgresql, "servers,snapshot", "--programs", "4", "--snapshot-seconds", "3")
            #expect(report.servers.map(\.sharedPrograms) == [false, true, false, true])
            for row in report.servers { #expect(row.ratio.median > 0) }
            #expect(report.snapshots.count == 1)
        }

        @Test("wrong usage is status 2, with a line that names the option")
        func usage() async throws {
            for (option, value) in [
                ("--only", "rate,speed"), ("--connections", "0"), ("--pages", "33"), ("--rounds", "0"),
                ("--storage", "mysql://host"), ("--memories", "513"), ("--snapshot-seconds", "0"),
            ] {
                let ended = try await Executable.run(["bench", "jobs", option, value])
                #expect(ended.end == .exited(2), "\(option) \(value)")
                #expect(ended.output.isEmpty)
                #expect(ended.errors.hasPrefix("lazypages: \(option)"), "\(ended.errors)")
            }
        }

        private static func report(_ kind: StorageKind, _ only: String, _ options: String...) async throws -> Report {
            let storage = try TestStorage(kind)
            let folder = try TestFolder()
            let ended = try await Executable.run(
                [
                    "bench", "jobs", "--storage", storage.location, "--only", only, "--rounds", "1", "--seconds", "1",
                    "--workers", "2", "--json", folder("report.json"),
                ] + options)
            #expect(ended.end == .exited(0), "\(ended.errors)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let report = try decoder.decode(
                Report.self, from: try Data(contentsOf: URL(filePath: folder("report.json"))))
            // Each row is printed, too.
            let rows = report.rates.count + report.latencies.count + report.idle.count + report.eager.count
            let others = report.flat.count + report.servers.count + report.snapshots.count
            #expect(ended.output.split(separator: "\n").count == rows + others, "\(ended.output)")
            return report
        }
    }
}

private struct Report: Decodable {
    let rates: [Rate]
    let latencies: [Latency]
    let idle: [Idle]
    let eager: [Eager]
    let flat: [Flat]
    let servers: [Servers]
    let snapshots: [Snapshot]

    struct Rate: Decodable {
        let connections: Int
        let pages: Int
        let jobs: Quartiles
        let transactions: Quartiles
        let ratio: Quartiles
        let ratioToOne: Quartiles?
        let failures: Int

        var name: String { "\(connections) \(pages)" }
    }

    struct Latency: Decodable {
        let load: Double
        let p50Microseconds: Int
        let p90Microseconds: Int
        let p99Microseconds: Int
        let maxMicroseconds: Int
        let failures: Int
    }

    struct Idle: Decodable {
        let addedMicroseconds: Quartiles
    }

    struct Eager: Decodable {
        let pagesStored: Int
        let eagerLoadMicroseconds: Quartiles
    }

    struct Flat: Decodable {
        let jobSlowestToFastest: Double
    }

    struct Servers: Decodable {
        let sharedPrograms: Bool
        let ratio: Quartiles
    }

    struct Snapshot: Decodable {
        let ratio: Double
    }

    struct Quartiles: Decodable {
        let median: Double
    }
}
