import Foundation
import PageStorage

/// Throughput while another transaction holds an old snapshot, which keeps PostgreSQL from cleaning up, against as long a
/// time without.
struct SnapshotMeasurement {
    let bench: JobsBench

    private static let connections = 16

    func run(_ report: inout JobsReport) throws {
        guard let tools = bench.tools else { return }
        try bench.withPrograms { service, _ in
            _ = try bench.closedLoop(port: service.port, connections: Self.connections, pages: 1, seconds: 2)
            let without = try rates(service)
            let holder = try tools.holdSnapshot(
                seconds: bench.plan.snapshotSeconds + 60, at: bench.storage.text, in: bench.scratch)
            usleep(500_000)
            let with = try rates(service)
            guard holder.waitForEnd(within: .zero) == nil else {
                throw Failure(.service, "the transaction with the old snapshot ended early")
            }
            // What has piled up by the end of the time counts.
            let last = with.count - with.count / 3
            report.add(
                SnapshotRow(
                    seconds: bench.plan.snapshotSeconds, without: Quartiles(without), with: Quartiles(with),
                    ratio: Quartiles(with).median / Quartiles(without).median,
                    lastThirdRatio: Quartiles(Array(with[(last - 1)...])).median
                        / Quartiles(Array(without[(last - 1)...])).median))
        }
    }

    /// - Returns: jobs per second, of one piece of the time after the other.
    private func rates(_ service: ServeProcess) throws -> [Double] {
        let pieces = max(3, min(30, bench.plan.snapshotSeconds / 2))
        return try (0..<pieces).map { _ in
            try bench.closedLoop(
                port: service.port, connections: Self.connections, pages: 1,
                seconds: Double(bench.plan.snapshotSeconds) / Double(pieces)
            ).requestsPerSecond
        }
    }
}
