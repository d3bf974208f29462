import Foundation

/// Many jobs posted at once.
struct BurstRow: JobsRow {
    let storage: String
    let jobs: Int
    /// That the jobs were posted in.
    let requests: Int
    let waitedMilliseconds: Quartiles
    let polledMilliseconds: Quartiles
    /// Waited to polled.
    let ratio: Quartiles

    var line: String {
        "\(storage) \(jobs) jobs in \(requests == 1 ? "one request" : "\(requests) requests"):"
            + " waited for \(waitedMilliseconds.text("%.0f")) ms, polled \(polledMilliseconds.text("%.0f")) ms,"
            + " ratio \(ratio.text("%.2f"))"
    }
}

/// Claims of a long queue.
struct QueueRow: JobsRow {
    let storage: String
    /// Jobs in the long queue; the short one has 100.
    let waiting: Int
    let lanesPerClaim: Int
    let shortMicroseconds: Quartiles
    let longMicroseconds: Quartiles
    let ratio: Double

    var line: String {
        "\(storage) claims of \(lanesPerClaim) lanes: with 100 jobs waiting \(shortMicroseconds.text("%.0f")) µs,"
            + " with \(waiting) \(longMicroseconds.text("%.0f")) µs, ratio \(String(format: "%.2f", ratio))"
    }
}

/// Two servers against one.
struct ServersRow: JobsRow {
    let storage: String
    /// Of all servers together.
    let workers: Int
    /// To all servers together.
    let connections: Int
    /// Jobs of each program were posted to both servers.
    let sharedPrograms: Bool
    /// Jobs per second.
    let one: Quartiles
    let two: Quartiles
    /// Two to one.
    let ratio: Quartiles

    var line: String {
        "\(storage) \(workers) workers, \(connections) connections,"
            + " \(sharedPrograms ? "programs of both servers" : "each server its programs"):"
            + " one server \(one.text("%.0f")) jobs/s, two \(two.text("%.0f")) jobs/s, ratio \(ratio.text("%.2f"))"
    }
}

/// Throughput beside an old snapshot.
struct SnapshotRow: JobsRow {
    let seconds: Int
    /// Jobs per second.
    let without: Quartiles
    let with: Quartiles
    /// Of the medians, with to without.
    let ratio: Double
    /// The same of the last third of both times.
    let lastThirdRatio: Double

    var line: String {
        "postgresql with a snapshot of \(seconds) s: \(with.text("%.0f")) jobs/s, without \(without.text("%.0f")) jobs/s,"
            + String(format: " ratio %.2f, in the last third %.2f", ratio, lastThirdRatio)
    }
}
