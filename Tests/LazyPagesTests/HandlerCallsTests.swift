import Foundation
import Testing

@Suite("What the fault handler calls")
struct HandlerCallsTests {
    @Test("ten thousand faults of each kind allocate nothing, release nothing and take no lock")
    func nothing() throws {
        let rows = try Self.rows()
        #expect(
            rows.map(\.name) == [
                "read_stored", "read_new", "write_stored", "write_new", "write_after_read", "no_gas_for_access",
                "no_gas_for_load", "source_unavailable", "source_changed", "source_vanished", "source_wrong_size",
                "source_at_a_cost",
            ])
        for row in rows {
            // What a source itself allocates and locks is counted: so the zeros of the others are none of the counter's.
            let expected = row.name == "source_at_a_cost" ? 10_000 : 0
            #expect(row.faults == 10_000, "\(row.name)")
            #expect(row.allocations == expected, "\(row.name)")
            #expect(row.locks == expected, "\(row.name)")
            #expect(row.releases == expected, "\(row.name)")
        }
    }

    private struct Row {
        let name: String
        let faults: Int
        let allocations: Int
        let releases: Int
        let locks: Int
    }

    private static func rows() throws -> [Row] {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "FaultCalls")
        // Not a pipe: a process that another test starts meanwhile may inherit it, and keep it open.
        let output = FileManager.default.temporaryDirectory.appending(path: "fault-calls-\(UUID().uuidString)")
        try Data().write(to: output)
        defer { try? FileManager.default.removeItem(at: output) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationReason == .exit && process.terminationStatus == 0)
        let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        return try text.split(separator: "\n").map { line in
            let fields = line.split(separator: " ")
            let numbers = fields.dropFirst().compactMap { Int($0) }
            try #require(numbers.count == 4 && fields.count == 5, "\(line)")
            return Row(
                name: String(fields[0]), faults: numbers[0], allocations: numbers[1], releases: numbers[2],
                locks: numbers[3])
        }
    }
}
