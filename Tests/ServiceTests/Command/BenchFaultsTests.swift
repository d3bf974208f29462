import Foundation
import Testing

extension ServiceSuites {
    @Suite("lazypages bench faults")
    struct BenchFaultsTests {
        private static let kinds = ["read", "write", "write_after_read", "read_new", "write_new"]

        @Test("each kind of fault has a row with every column for each number of pages")
        func rows() async throws {
            let ended = try await Executable.run(["bench", "faults", "--pages", "1,2", "--rounds", "3", "--json"])
            #expect(ended.end == .exited(0), "\(ended.errors)")
            let rows = try Self.rows(ended.output)
            #expect(rows.map(\.name) == Self.kinds.flatMap { ["\($0) 1", "\($0) 2"] })
            for row in rows {
                for column in [row.engineMicroseconds, row.baselineMicroseconds, row.ratio] {
                    #expect(0 < column.lower && column.lower <= column.median && column.median <= column.upper)
                }
            }
        }

        @Test("the ratio of one round is that of its times")
        func ratio() async throws {
            let ended = try await Executable.run(["bench", "faults", "--pages", "1", "--rounds", "1", "--json"])
            for row in try Self.rows(ended.output) {
                let quotient = row.engineMicroseconds.median / row.baselineMicroseconds.median
                #expect(abs(row.ratio.median / quotient - 1) < 1e-6)
            }
        }

        @Test("the table has the same rows below a line of headings")
        func table() async throws {
            let ended = try await Executable.run(["bench", "faults", "--pages", "2", "--rounds", "1"])
            #expect(ended.end == .exited(0), "\(ended.errors)")
            let lines = ended.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(lines.dropFirst().map { Array($0.prefix(2)) } == Self.kinds.map { [$0, "2"] })
            for line in lines.dropFirst() { #expect(line.count == 6, "\(line)") }
        }

        @Test("wrong usage is status 2, with a line that names the option")
        func usage() async throws {
            for (option, value) in [
                ("--pages", "0"), ("--pages", "1,two"), ("--pages", "4097"), ("--pages", ""), ("--rounds", "0"),
            ] {
                let ended = try await Executable.run(["bench", "faults", option, value])
                #expect(ended.end == .exited(2), "\(option) \(value)")
                #expect(ended.output.isEmpty)
                #expect(ended.errors.hasPrefix("lazypages: \(option)"), "\(ended.errors)")
            }
        }

        private static func rows(_ output: String) throws -> [Report.Row] {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Report.self, from: Data(output.utf8)).inMemory
        }
    }
}

private struct Report: Decodable {
    let inMemory: [Row]

    struct Row: Decodable {
        let kind: String
        let pages: Int
        let engineMicroseconds: Quartiles
        let baselineMicroseconds: Quartiles
        let ratio: Quartiles

        var name: String { "\(kind) \(pages)" }
    }

    struct Quartiles: Decodable {
        let lower: Double
        let median: Double
        let upper: Double
    }
}
