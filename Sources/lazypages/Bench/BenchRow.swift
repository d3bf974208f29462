import Foundation

/// One line of the result: a number of connections.
struct BenchRow: Codable {
    let connections: Int
    /// Medians over the rounds.
    let requestsPerSecond: Double
    let p50Microseconds: UInt64
    let p99Microseconds: UInt64
    /// Answers that were not 2xx, and connections that broke, over all rounds.
    let failures: Int
    let baselineRequestsPerSecond: Double?
    /// Median of the rounds' ratios.
    let ratio: Double?

    init(connections: Int, samples: [LoadSample], baseline: [LoadSample]) {
        self.connections = connections
        requestsPerSecond = samples.map(\.requestsPerSecond).median
        p50Microseconds = samples.map { $0.percentile(0.5) }.median
        p99Microseconds = samples.map { $0.percentile(0.99) }.median
        failures = samples.reduce(0) { $0 + $1.failures }
        baselineRequestsPerSecond = baseline.isEmpty ? nil : baseline.map(\.requestsPerSecond).median
        ratio =
            baseline.isEmpty
            ? nil : zip(samples, baseline).map { $0.requestsPerSecond / max($1.requestsPerSecond, 1e-9) }.median
    }

    static let header = "connections   requests/s     p50 µs     p99 µs   failures   ratio to baseline"

    var line: String {
        let ratioText = ratio.map { String(format: "%.2f", $0) } ?? "-"
        return String(
            format: "%11d %12.0f %10llu %10llu %10d   %@", connections, requestsPerSecond, p50Microseconds,
            p99Microseconds, failures, ratioText)
    }
}

extension Array where Element: Comparable {
    /// The middle element, the lower one of two.
    var median: Element { sorted()[(count - 1) / 2] }
}
