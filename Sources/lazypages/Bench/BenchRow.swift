import Foundation

/// One line of the result: a number of connections, over all rounds.
struct BenchRow: Codable {
    let connections: Int
    /// Median of the rounds.
    let requestsPerSecond: Double
    let slowestRound: Double
    let fastestRound: Double
    /// Medians of the rounds.
    let p50Microseconds: UInt64
    let p99Microseconds: UInt64
    /// Answers that were not 2xx, and connections that broke or fell silent, the baseline's included.
    let failures: Int
    let baselineRequestsPerSecond: Double?
    /// Median of the rounds' ratios.
    let ratio: Double?

    init(connections: Int, samples: [LoadSample], baseline: [LoadSample]) {
        self.connections = connections
        let rates = samples.map(\.requestsPerSecond)
        requestsPerSecond = rates.median
        slowestRound = rates.min() ?? 0
        fastestRound = rates.max() ?? 0
        p50Microseconds = samples.map { $0.percentile(0.5) }.median
        p99Microseconds = samples.map { $0.percentile(0.99) }.median
        failures = (samples + baseline).reduce(0) { $0 + $1.failures }
        baselineRequestsPerSecond = baseline.isEmpty ? nil : baseline.map(\.requestsPerSecond).median
        ratio =
            baseline.isEmpty
            ? nil : zip(samples, baseline).map { $0.requestsPerSecond / max($1.requestsPerSecond, 1e-9) }.median
    }

    static let header = "connections   requests/s   of the rounds     p50 µs     p99 µs   failures   ratio to baseline"

    var line: String {
        String(
            format: "%11d %12.0f %15@ %10llu %10llu %10d   %@", connections, requestsPerSecond,
            String(format: "%.0f-%.0f", slowestRound, fastestRound), p50Microseconds, p99Microseconds, failures,
            ratio.map { String(format: "%.3f", $0) } ?? "-")
    }
}

extension Array where Element: Comparable {
    /// The middle element, the lower one of two.
    fileprivate var median: Element { sorted()[(count - 1) / 2] }
}
