import ArgumentParser
import Foundation
import WorkerProtocol

/// What a page fault costs.
struct BenchFaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Time per page fault, in the engine and in a plain C loop.",
        discussion: """
            Page data is in memory. The C loop does the same system calls and the same copy in a signal handler of its \
            own: one mprotect to read-write, a copy of 16 KiB, one mprotect to what the page ends as. The two are \
            measured in turn, and the ratio is what counts: figures of one machine mean little by themselves.
            """)

    @Option(help: "How many pages an execution touches: numbers separated by commas.")
    var pages = "1,16,256,4096"

    @Option(help: "How often each measurement is made; median and quartiles count.")
    var rounds = 51

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    func run() throws {
        let counts = try CommandLineNumbers.list(pages, "pages", in: 1...4096)
        guard (1...10_000).contains(rounds) else { throw Failure(.usage, "--rounds: expected 1 to 10000") }
        let measurement = try FaultMeasurement(pages: counts.max() ?? 1)
        if !json { print(FaultRow.header) }
        var rows: [FaultRow] = []
        for kind in FaultKind.allCases {
            for count in counts {
                let row = try measurement.row(kind, pages: count, rounds: rounds)
                if !json { print(row.line) }
                fflush(nil)
                rows.append(row)
            }
        }
        if json { print(String(decoding: try JSONCoding.encode(FaultReport(inMemory: rows)), as: UTF8.self)) }
    }
}

/// The whole result.
private struct FaultReport: Encodable {
    let inMemory: [FaultRow]
}
