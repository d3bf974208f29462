import ArgumentParser
import Foundation
import PageStorage
import WorkerProtocol

/// What jobs cost, from request to answer.
struct BenchJobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Jobs per second and latencies of a whole service, next to the transactions that they need.",
        discussion: """
            Starts services of its own on each storage given, and measures in turn what it compares: ratios are what \
            counts, figures of one machine mean little by themselves. In brackets are the quartiles.

              rate   closed loop: jobs per second, next to pgbench with transactions that do the same (SQLite: next to the storage library on one connection). Then open loop: jobs arrive at random \
            times, at 50 % and 80 % of that rate, and latencies count from the time of arrival.
              idle   a job that does nothing on an idle service, and those transactions.
              burst  1,000 jobs posted at once, waited for, and polled.
              eager  4 pages touched of memories of several sizes, and reading a whole memory in one query.
              queue  claims of a queue with 100,000 waiting jobs, and of one with 100.
              servers  two servers, and one with as many workers: with the most connections given, and four times as many.
              snapshot  (PostgreSQL) while another transaction holds an old snapshot, and before that.

            The storage must be for this measurement alone: programs named bench-… are made in it and deleted, and \
            records of their jobs stay.
            """)

    @Option(help: "A storage, as serve takes it; can be given several times. (default: a new SQLite file)")
    var storage: [String] = []

    @Option(help: "What to measure: \(JobsPart.allCases.map(\.rawValue).joined(separator: ",")). (default: all)")
    var only: String?

    @Option(help: "Programs that jobs are posted to in turn.")
    var programs = 64

    @Option(help: "Workers of the service. (default: as serve has it)")
    var workers: Int?

    @Option(help: "Numbers of connections, separated by commas.")
    var connections = "1,8,64"

    @Option(help: "Numbers of pages that a job writes, separated by commas.")
    var pages = "0,1,4,16"

    @Option(help: "Sizes of memories in MiB, separated by commas.")
    var memories = "1,16,64,256,512"

    @Option(help: "How often each measurement is made; median and quartiles count.")
    var rounds = 5

    @Option(help: "How long each measurement lasts, in seconds.")
    var seconds = 2

    @Option(help: "How long the old snapshot is held, in seconds.")
    var snapshotSeconds = 180

    @Option(help: "Write all figures to this file, as JSON.")
    var json: String?

    func run() throws {
        let plan = try plan()
        let parts = try parts()
        let scratch = try BenchScratch()
        let given = try storage.map { try StorageLocation.setting($0, default: "") }
        var report = JobsReport()
        for location in given.isEmpty ? [.sqlite(path: scratch("bench.db"))] : given {
            let bench = try JobsBench(location, plan, in: scratch)
            for part in parts { try part.measure(bench, &report) }
        }
        guard let json else { return }
        do {
            try JSONCoding.encode(report).write(to: URL(filePath: json))
        } catch {
            throw Failure(.usage, "--json \(json): \(error.localizedDescription)")
        }
    }

    private func plan() throws -> JobsBench.Plan {
        try check(programs, "programs", in: 1...10_000)
        try check(rounds, "rounds", in: 1...1000)
        try check(seconds, "seconds", in: 1...3600)
        try check(snapshotSeconds, "snapshot-seconds", in: 1...3600)
        let workers = workers ?? 2 * ProcessInfo.processInfo.activeProcessorCount
        try check(workers, "workers", in: 1...1024)
        return JobsBench.Plan(
            programs: programs, workers: workers,
            connections: try CommandLineNumbers.list(connections, "connections", in: 1...4096),
            pages: try CommandLineNumbers.list(pages, "pages", in: 0...32), rounds: rounds, seconds: seconds,
            snapshotSeconds: snapshotSeconds,
            memories: try CommandLineNumbers.list(memories, "memories", in: 1...512))
    }

    private func check(_ value: Int, _ option: String, in range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw Failure(.usage, "--\(option) \(value): expected \(range.lowerBound) to \(range.upperBound)")
        }
    }

    private func parts() throws -> [JobsPart] {
        guard let only else { return JobsPart.allCases }
        return try only.split(separator: ",", omittingEmptySubsequences: false).map { name in
            guard let part = JobsPart(rawValue: String(name)) else {
                let names = JobsPart.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.usage, "--only \(only): expected some of \(names)")
            }
            return part
        }
    }
}

/// What can be measured by itself.
enum JobsPart: String, CaseIterable {
    case rate, idle, burst, eager, queue, servers, snapshot

    func measure(_ bench: JobsBench, _ report: inout JobsReport) throws {
        switch self {
        case .rate: try RateMeasurement(bench: bench).run(&report)
        case .idle: try IdleMeasurement(bench: bench).run(&report)
        case .burst: try BurstMeasurement(bench: bench).run(&report)
        case .eager: try EagerMeasurement(bench: bench).run(&report)
        case .queue: try QueueMeasurement(bench: bench).run(&report)
        case .servers: try ServersMeasurement(bench: bench).run(&report)
        case .snapshot: try SnapshotMeasurement(bench: bench).run(&report)
        }
    }
}
