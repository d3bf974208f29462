import Foundation
import Testing

extension ServiceSuites {
    @Suite("lazypages bench metering")
    struct BenchMeteringTests {
        private static let kernels = ["load_add", "insertion_sort", "fibonacci", "hash", "matrix_product"]

        @Test("each program has a row with every column")
        func rows() async throws {
            let ended = try await Executable.run(["bench", "metering", "--json", "--rounds", "2"])
            #expect(ended.end == .exited(0), "\(ended.errors)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let rows = try decoder.decode([Row].self, from: Data(ended.output.utf8))
            #expect(rows.map(\.kernel) == Self.kernels)
            for row in rows {
                for column in [row.unmeteredMilliseconds, row.fast, row.exact, row.fuel] {
                    #expect(0 < column.lower && column.lower <= column.median && column.median <= column.upper)
                }
            }
        }

        @Test("the table has the same rows below its heading")
        func table() async throws {
            let ended = try await Executable.run(["bench", "metering", "--rounds", "1"])
            #expect(ended.end == .exited(0), "\(ended.errors)")
            let lines = ended.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(lines.first?.first == "kernel")
            #expect(lines.dropFirst().map(\.first) == Self.kernels)
            for line in lines.dropFirst() { #expect(line.count == 8, "\(line)") }
        }

        @Test("wrong usage is status 2, with a line that names the option")
        func usage() async throws {
            let ended = try await Executable.run(["bench", "metering", "--rounds", "0"])
            #expect(ended.end == .exited(2))
            #expect(ended.output.isEmpty)
            #expect(ended.errors.hasPrefix("lazypages: --rounds"), "\(ended.errors)")
        }
    }
}

private struct Row: Decodable {
    let kernel: String
    let unmeteredMilliseconds: Quartiles
    let fast: Quartiles
    let exact: Quartiles
    let fuel: Quartiles

    struct Quartiles: Decodable {
        let lower: Double
        let median: Double
        let upper: Double
    }
}
