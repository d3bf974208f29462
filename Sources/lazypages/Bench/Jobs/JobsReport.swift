import Foundation
import WorkerProtocol

/// All that was measured. Rows are printed as they come.
struct JobsReport: Encodable {
    private(set) var rates: [RateRow] = []
    private(set) var latencies: [LatencyRow] = []
    private(set) var idle: [IdleRow] = []
    private(set) var eager: [EagerRow] = []
    private(set) var flat: [FlatRow] = []
    private(set) var bursts: [BurstRow] = []
    private(set) var queues: [QueueRow] = []
    private(set) var servers: [ServersRow] = []
    private(set) var snapshots: [SnapshotRow] = []

    mutating func add(_ row: RateRow) { rates.append(shown(row)) }
    mutating func add(_ row: LatencyRow) { latencies.append(shown(row)) }
    mutating func add(_ row: IdleRow) { idle.append(shown(row)) }
    mutating func add(_ row: EagerRow) { eager.append(shown(row)) }
    mutating func add(_ row: FlatRow) { flat.append(shown(row)) }
    mutating func add(_ row: BurstRow) { bursts.append(shown(row)) }
    mutating func add(_ row: QueueRow) { queues.append(shown(row)) }
    mutating func add(_ row: ServersRow) { servers.append(shown(row)) }
    mutating func add(_ row: SnapshotRow) { snapshots.append(shown(row)) }

    private func shown<Row: JobsRow>(_ row: Row) -> Row {
        print(row.line)
        fflush(nil)
        return row
    }
}

/// One result.
protocol JobsRow: Encodable {
    /// For a person.
    var line: String { get }
}

/// A program's jobs against transactions that do what they must.
struct RateRow: JobsRow {
    let storage: String
    let connections: Int
    let pages: Int
    /// Per second.
    let jobs: Quartiles
    /// Per second: pairs of one that accepts and one that commits.
    let transactions: Quartiles
    let ratio: Quartiles
    /// To all of it in one transaction.
    let ratioToOne: Quartiles?
    let failures: Int

    var line: String {
        let one = ratioToOne.map { "  to one transaction \($0.text("%.2f"))" } ?? ""
        return "\(storage) \(connections) connections \(pages) pages: \(jobs.text("%.0f")) jobs/s,"
            + " \(transactions.text("%.0f")) transactions/s, ratio \(ratio.text("%.2f"))\(one)  failures \(failures)"
    }
}

/// Latencies from the time that a job was to be posted at.
struct LatencyRow: JobsRow {
    let storage: String
    let connections: Int
    let pages: Int
    /// Share of the capacity.
    let load: Double
    /// Per second.
    let offered: Double
    let answered: Double
    let p50Microseconds: UInt64
    let p90Microseconds: UInt64
    let p99Microseconds: UInt64
    let maxMicroseconds: UInt64
    let failures: Int

    var line: String {
        let times = [p50Microseconds, p90Microseconds, p99Microseconds, maxMicroseconds].map {
            String(format: "%.1f", Double($0) / 1000)
        }
        return "\(storage) \(connections) connections \(pages) pages at \(Int(load * 100)) % of that:"
            + String(format: " %.0f offered, %.0f answered,", offered, answered)
            + " p50 \(times[0]) p90 \(times[1]) p99 \(times[2]) max \(times[3]) ms  failures \(failures)"
    }
}

/// A job that does nothing, on an idle service.
struct IdleRow: JobsRow {
    let storage: String
    let jobMicroseconds: Quartiles
    let transactionMicroseconds: Quartiles
    /// Median of the jobs less median of the transactions, of each block.
    let addedMicroseconds: Quartiles

    var line: String {
        "\(storage) idle: job \(jobMicroseconds.text("%.0f")) µs, transactions \(transactionMicroseconds.text("%.0f")) µs,"
            + " added \(addedMicroseconds.text("%.0f")) µs"
    }
}

/// Lazy and eager loading of one memory.
struct EagerRow: JobsRow {
    let storage: String
    let mebibytes: Int
    let pagesStored: Int
    let pagesTouched: Int
    let jobMicroseconds: Quartiles
    let loadAndExecuteMicroseconds: Quartiles
    let eagerLoadMicroseconds: Quartiles
    /// Loading and executing: with the whole memory read, to what the job took.
    let eagerToLazy: Quartiles

    var line: String {
        "\(storage) \(pagesTouched) of \(pagesStored) pages (\(mebibytes) MiB): job \(jobMicroseconds.text("%.0f")) µs,"
            + " of it load and execute \(loadAndExecuteMicroseconds.text("%.0f")) µs,"
            + " whole memory \(eagerLoadMicroseconds.text("%.0f")) µs, ratio \(eagerToLazy.text("%.0f"))"
    }
}

/// How much the size of the memory matters.
struct FlatRow: JobsRow {
    let storage: String
    /// Median at the slowest size to that at the fastest.
    let jobSlowestToFastest: Double
    let loadAndExecuteSlowestToFastest: Double

    var line: String {
        "\(storage) over all sizes, slowest to fastest: "
            + String(format: "job %.2f, load and execute %.2f", jobSlowestToFastest, loadAndExecuteSlowestToFastest)
    }
}

extension Quartiles {
    /// The median, and the quartiles in brackets.
    func text(_ format: String) -> String {
        String(format: "\(format) (\(format)–\(format))", median, lower, upper)
    }
}
