import Foundation
import Testing

extension ServiceSuites {
    @Suite("lazypages bench faults")
    struct BenchFaultsTests {
        private static let kinds = ["read", "write", "write_after_read", "read_new", "write_new"]
        private static let orders = [
            "sequential", "random", "sequential_again", "random_again", "random_other", "job", "job_again",
        ]

        @Test("each kind of fault has a row with every column for each number of pages")
        func rows() async throws {
            let rows = try await Self.report("--pages", "1,2", "--rounds", "3").inMemory
            #expect(rows.map(\.name) == Self.kinds.flatMap { ["\($0) 1", "\($0) 2"] })
            for row in rows {
                for column in [row.engineMicroseconds, row.baselineMicroseconds, row.ratio] {
                    #expect(0 < column.lower && column.lower <= column.median && column.median <= column.upper)
                }
            }
        }

        @Test("each order of touching stored pages has a row for each number of pages, in both storages")
        func storageRows() async throws {
            let postgres = try TestStorage(.postgresql)
            let report = try await Self.report(
                "--pages", "1,8", "--rounds", "1", "--storage", postgres.location)
            let names = Self.orders.flatMap { ["\($0) 1", "\($0) 8"] }
            #expect(
                report.fromStorage.map(\.name)
                    == ["sqlite", "postgresql"].flatMap { kind in
                        names.map { "\(kind) \($0)" }
                    })
            for row in report.fromStorage {
                #expect(row.queriesWithoutPrefetch == row.pages)
                #expect((1...row.pages).contains(row.queriesWithPrefetch))
                // A run like the one before it is known from its first page on.
                if row.order.hasSuffix("again") { #expect(row.queriesWithPrefetch == 1) }
                let (without, with) = (row.microsecondsWithoutPrefetch.median, row.microsecondsWithPrefetch.median)
                #expect(without > 0 && with > 0)
                #expect(abs(row.withPrefetchToWithout.median / (with / without) - 1) < 1e-6)
                #expect(abs(row.withPrefetchToLeast.median / (with / row.microsecondsAtLeast.median) - 1) < 1e-6)
            }
            #expect(try postgres.query("SELECT (SELECT count(*) FROM programs), (SELECT count(*) FROM pages)") == "0|0")
        }

        @Test("the ratio of one round is that of its times")
        func ratio() async throws {
            for row in try await Self.report("--pages", "1", "--rounds", "1").inMemory {
                let quotient = row.engineMicroseconds.median / row.baselineMicroseconds.median
                #expect(abs(row.ratio.median / quotient - 1) < 1e-6)
            }
        }

        @Test("tables have the same rows below their headings, and say what was not measured")
        func tables() async throws {
            let ended = try await Executable.run(["bench", "faults", "--pages", "2", "--rounds", "1"])
            #expect(ended.end == .exited(0), "\(ended.errors)")
            let tables = ended.output.split(separator: "\n\n").map { table in
                table.split(separator: "\n").dropFirst().map { $0.split(separator: " ").map(String.init) }
            }
            try #require(tables.count == 2)
            #expect(tables[0].map { Array($0.prefix(2)) } == Self.kinds.map { [$0, "2"] })
            for row in tables[0] { #expect(row.count == 6, "\(row)") }
            #expect(tables[1].dropLast().map { Array($0.prefix(3)) } == Self.orders.map { ["sqlite", $0, "2"] })
            for row in tables[1].dropLast() { #expect(row.count == 11, "\(row)") }
            #expect(tables[1].last?.first == "postgresql" && tables[1].last?.last == "--storage")
        }

        @Test("wrong usage is status 2, with a line that names the option")
        func usage() async throws {
            for (option, value) in [
                ("--pages", "0"), ("--pages", "1,two"), ("--pages", "4097"), ("--pages", ""), ("--rounds", "0"),
                ("--storage", "mysql://host"),
            ] {
                let ended = try await Executable.run(["bench", "faults", option, value])
                #expect(ended.end == .exited(2), "\(option) \(value)")
                #expect(ended.output.isEmpty)
                #expect(ended.errors.hasPrefix("lazypages: \(option)"), "\(ended.errors)")
            }
        }

        private static func report(_ arguments: String...) async throws -> Report {
            let ended = try await Executable.run(["bench", "faults", "--json"] + arguments)
            #expect(ended.end == .exited(0), "\(ended.errors)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Report.self, from: Data(ended.output.utf8))
        }
    }
}

private struct Report: Decodable {
    let inMemory: [Row]
    let fromStorage: [StorageRow]

    struct Row: Decodable {
        let kind: String
        let pages: Int
        let engineMicroseconds: Quartiles
        let baselineMicroseconds: Quartiles
        let ratio: Quartiles

        var name: String { "\(kind) \(pages)" }
    }

    struct StorageRow: Decodable {
        let storage: String
        let order: String
        let pages: Int
        let queriesWithoutPrefetch: Int
        let queriesWithPrefetch: Int
        let microsecondsWithoutPrefetch: Quartiles
        let microsecondsWithPrefetch: Quartiles
        let microsecondsAtLeast: Quartiles
        let withPrefetchToWithout: Quartiles
        let withPrefetchToLeast: Quartiles

        var name: String { "\(storage) \(order) \(pages)" }
    }

    struct Quartiles: Decodable {
        let lower: Double
        let median: Double
        let upper: Double
    }
}
