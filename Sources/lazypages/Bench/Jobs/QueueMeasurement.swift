import Foundation
import PageStorage
import WorkerProtocol

/// Claiming jobs of a long queue against claiming those of a short one, through the storage library: each job of a program
/// of its own, the short queue filled up again, the long one getting shorter.
struct QueueMeasurement {
    let bench: JobsBench

    private static let (short, long) = (100, 100_000)
    private static let claimsPerRound = 200
    private static let lanesPerClaim = 8

    func run(_ report: inout JobsReport) throws {
        do {
            let short = try WaitingQueue("bench_short", jobs: Self.short, bench)
            let long = try WaitingQueue("bench_long", jobs: Self.long, bench)
            var (shortTimes, longTimes): ([Double], [Double]) = ([], [])
            for _ in 0..<Self.claimsPerRound * bench.plan.rounds {
                shortTimes.append(try short.claim(lanes: Self.lanesPerClaim, refills: true))
                longTimes.append(try long.claim(lanes: Self.lanesPerClaim, refills: false))
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
}

/// Jobs that wait, each of another program.
private final class WaitingQueue {
    private let storage: any ServiceStorage
    private let server = ServerID(bytes: UUIDv7.next().bytes)

    private static let request = Array(String(repeating: "request ", count: 40).utf8)

    init(_ name: String, jobs: Int, _ bench: JobsBench) throws {
        let location = try ProgramRows.location(name, bench)
        storage = try location.open()
        try storage.migrate()
        _ = try storage.registerServer(server, leaseMs: 3_600_000)
        try ProgramRows.insert(jobs, at: location, bench)
        for first in stride(from: 0, to: jobs, by: 1000) {
            try post((first..<min(first + 1000, jobs)).map { (ProgramRows.id($0), ProgramRows.key($0)) })
        }
    }

    private func post(_ programs: [(id: String, key: ProgramKey)]) throws {
        let posts = programs.map { program in
            PostedJob(
                id: UUIDv7.next().description, program: program.id, key: program.key, request: Self.request,
                intent: .leave)
        }
        _ = try storage.postJobs(posts, by: server, wakesOthers: false)
    }

    /// Claims the job of each of so many lanes, and ends them.
    /// - Parameter refills: whether as many jobs are posted then.
    /// - Returns: how long claiming took, in microseconds.
    func claim(lanes: Int, refills: Bool) throws -> Double {
        let start = ContinuousClock.now
        let claimed = try storage.claimLanes(by: server, lanes: lanes, jobsPerLane: 1)
        let time = (.now - start) / .microseconds(1)
        let jobs = claimed.flatMap(\.jobs)
        guard claimed.count == lanes, jobs.count == lanes else {
            throw Failure(.service, "\(claimed.count) lanes were claimed of \(lanes)")
        }
        for job in jobs {
            let now = Timestamp.now().milliseconds
            let ended = JobRecord(
                id: job.id, program: job.program, state: JobState.finished.rawValue, outcome: nil, createdAt: now,
                finishedAt: now, document: [])
            _ = try storage.recordJob(ended, claim: server)
        }
        _ = try storage.releaseLanes(claimed.map { ($0.key, $0.posted) }, by: server)
        if refills { try post(jobs.map { ($0.program, $0.key) }) }
        return time
    }
}
