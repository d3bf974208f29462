import ArgumentParser
import Foundation
import PageStorage
import WorkerProtocol

/// What a page fault costs.
struct BenchFaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "Time per page fault: in the engine and in a plain C loop, and with a storage behind it.",
        discussion: """
            First with page data in memory. The C loop does the same in a signal handler of its own: mprotect to \
            read-write, a copy of 16 KiB, mprotect to what the page ends as.

            Then with pages that no storage can compress, in a new SQLite file and in the storage given: without \
            prefetch (off), with it (on), and the least that could be: one query for all the pages, and as many faults \
            with page data in memory.

            What is compared is measured in turn, and ratios are what counts: figures of one machine mean little by \
            themselves.
            """)

    @Option(help: "How many pages an execution touches: numbers separated by commas.")
    var pages = "1,16,256,4096"

    @Option(help: "How often each measurement is made; median and quartiles count.")
    var rounds = 11

    @Option(
        help: """
            Also measure this storage, as serve takes it. A program is created in it and deleted afterwards; the \
            records of its jobs stay.
            """)
    var storage: String?

    @Flag(help: "Print JSON instead of tables.")
    var json = false

    func run() throws {
        let counts = try CommandLineNumbers.list(pages, "pages", in: 1...4096)
        guard (1...10_000).contains(rounds) else { throw Failure(.usage, "--rounds: expected 1 to 10000") }
        let given = try storage.map { try StorageLocation.setting($0, default: "") }
        let file = FileManager.default.temporaryDirectory.appending(path: "lazypages-bench-\(UUIDv7.next())").path
        defer { for suffix in ["", "-wal", "-shm"] { unlink(file + suffix) } }
        let most = counts.max() ?? 1
        let storages = try ([.sqlite(path: file)] + (given.map { [$0] } ?? [])).map {
            try StorageMeasurement($0, pages: most)
        }
        var report = FaultReport()
        try measure(FaultMeasurement(pages: most), counts, &report)
        show("\n" + StorageFaultRow.header)
        for storage in storages { try measure(storage, counts, &report) }
        if given == nil { show("postgresql  not measured: give its address with --storage") }
        if json { print(String(decoding: try JSONCoding.encode(report), as: UTF8.self)) }
    }

    private func measure(_ measurement: FaultMeasurement, _ counts: [Int], _ report: inout FaultReport) throws {
        show(FaultRow.header)
        for kind in FaultKind.allCases {
            for count in counts {
                let row = try measurement.row(kind, pages: count, rounds: rounds)
                show(row.line)
                report.inMemory.append(row)
            }
        }
    }

    private func measure(_ measurement: StorageMeasurement, _ counts: [Int], _ report: inout FaultReport) throws {
        for order in TouchOrder.allCases {
            for count in counts {
                let row = try measurement.row(order, pages: count, rounds: rounds)
                show(row.line)
                report.fromStorage.append(row)
            }
        }
    }

    private func show(_ line: String) {
        if json { return }
        print(line)
        fflush(nil)
    }
}

/// The whole result.
private struct FaultReport: Encodable {
    var inMemory: [FaultRow] = []
    var fromStorage: [StorageFaultRow] = []
}
