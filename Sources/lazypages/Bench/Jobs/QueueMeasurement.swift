import Foundation
import PageStorage
import WorkerProtocol

/// Claiming jobs of a long queue against claiming those of a short one, through the storage library.
struct QueueMeasurement {
    let bench: JobsBench

    private static let (short, long) = (100, 100_000)
    private static let cyclesPerRound = 50
    private static let lanesPerClaim = 8

    func run(_ report: inout JobsReport) throws {
        do {
            let short = try WaitingQueue(try location("bench_short"), jobs: Self.short, programs: 100)
            let long = try WaitingQueue(try location("bench_long"), jobs: Self.long, programs: 1000)
            var (shortTimes, longTimes): ([Double], [Double]) = ([], [])
            for _ in 0..<Self.cyclesPerRound * bench.plan.rounds {
                shortTimes.append(try short.claim(lanes: Self.lanesPerClaim))
                longTimes.append(try long.claim(lanes: Self.lanesPerClaim))
            }
            let ratio = Quartiles(longTimes).median / Quartiles(shortTimes).median
            report.add(
                QueueRow(
                    storage: bench.storage.kind, waiting: Self.long, lanesPerClaim: Self.lanesPerClaim,
                    shortMicroseconds: Quartiles(shortTimes), longMicroseconds: Quartiles(longTimes), ratio: ratio))
        } catch let error as StorageError {
            throw Failure(.service, error.explanation)
        }
    }

    /// A storage beside the one under measurement.
    private func location(_ name: String) throws -> StorageLocation {
        guard let tools = bench.tools else { return .sqlite(path: bench.scratch("\(name).db")) }
        let database = "\(name)_\(UInt32.random(in: .min ... .max))"
        try tools.sql("CREATE DATABASE \(database)", at: bench.storage.text, in: bench.scratch)
        guard var parts = URLComponents(string: bench.storage.text) else {
            throw Failure(.usage, "--storage: expected a URL")
        }
        parts.path = "/\(database)"
        return try StorageLocation(parts.string ?? "")
    }
}

/// Jobs that wait, as many of each program.
private final class WaitingQueue {
    private let storage: any ServiceStorage
    private let server = ServerID(bytes: UUIDv7.next().bytes)

    init(_ location: StorageLocation, jobs: Int, programs: Int) throws {
        storage = try location.open()
        try storage.migrate()
        _ = try storage.registerServer(server, leaseMs: 3_600_000)
        let programs = try (0..<programs).map { number in
            let program = NewProgram(
                id: "bench-queue-\(number)", key: ProgramKey(bytes: UUIDv7.next().bytes),
                codeHash: "sha256:" + String(repeating: "0", count: 64), code: [], memorySize: 8, memoryMaximum: 8,
                stackEnd: 0, interface: "{}", labels: "{}", createdAt: Timestamp.now().milliseconds)
            _ = try storage.createProgram(program)
            return program
        }
        let request = Array(String(repeating: "request ", count: 40).utf8)
        for first in stride(from: 0, to: jobs, by: 1000) {
            let posts = (first..<min(first + 1000, jobs)).map { number in
                let program = programs[number % programs.count]
                return PostedJob(
                    id: UUIDv7.next().description, program: program.id, key: program.key, request: request,
                    intent: .leave)
            }
            _ = try storage.postJobs(posts, by: server, wakesOthers: false)
        }
    }

    /// Claims one job of each of so many lanes, and gives them back.
    /// - Returns: how long claiming took, in microseconds.
    func claim(lanes: Int) throws -> Double {
        let start = ContinuousClock.now
        let claimed = try storage.claimLanes(by: server, lanes: lanes, jobsPerLane: 1)
        let time = (.now - start) / .microseconds(1)
        guard claimed.count == lanes, claimed.allSatisfy({ $0.jobs.count == 1 }) else {
            throw Failure(.service, "\(claimed.count) lanes were claimed of \(lanes)")
        }
        try storage.giveBackLanes(claimed.map(\.key), by: server)
        return time
    }
}
