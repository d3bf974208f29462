import Foundation
import PageStorage

/// Committed jobs per second next to the transactions that they need at least, and latencies under loads below that.
struct RateMeasurement {
    let bench: JobsBench

    /// Shares of the capacity that are offered.
    private static let loads = [0.5, 0.8]

    func run(_ report: inout JobsReport) throws {
        try bench.withPrograms { service, client in
            let transactions = try bench.tools.map { try bench.equivalentTransactions($0, client) }
            for pages in bench.plan.pages {
                // Each program's pages are stored, and its module compiled.
                _ = try bench.closedLoop(
                    port: service.port, connections: bench.plan.programs, pages: pages, seconds: 0.5)
                for connections in bench.plan.connections {
                    let row = try capacity(connections, pages, service, transactions)
                    report.add(row)
                    for load in Self.loads {
                        report.add(try latencies(connections, pages, load: load, of: row.jobs.median, service))
                    }
                }
            }
            try transactions?.remove()
        }
    }

    private func capacity(
        _ connections: Int, _ pages: Int, _ service: ServeProcess, _ transactions: EquivalentTransactions?
    ) throws -> RateRow {
        var (jobs, one, two): ([Double], [Double], [Double]) = ([], [], [])
        var failures = 0
        let seconds = bench.plan.seconds
        let bare = try transactions == nil ? BareTransactions(bench.storage) : nil
        for _ in 0..<bench.plan.rounds {
            let sample = try bench.closedLoop(
                port: service.port, connections: connections, pages: pages, seconds: Double(seconds))
            jobs.append(sample.requestsPerSecond)
            failures += sample.failures
            if let transactions {
                two.append(try transactions.rate(.two, connections: connections, pages: pages, seconds: seconds))
                one.append(try transactions.rate(.one, connections: connections, pages: pages, seconds: seconds))
            } else if let bare {
                two.append(try bare.rate(pages: pages, seconds: Double(seconds)))
            }
        }
        return RateRow(
            storage: bench.storage.kind, connections: connections, pages: pages, jobs: Quartiles(jobs),
            transactions: Quartiles(two), ratio: Quartiles(zip(jobs, two).map { $0 / $1 }),
            ratioToOne: one.isEmpty ? nil : Quartiles(zip(jobs, one).map { $0 / $1 }), failures: failures)
    }

    private func latencies(
        _ connections: Int, _ pages: Int, load: Double, of capacity: Double, _ service: ServeProcess
    ) throws -> LatencyRow {
        let sample = try OpenLoop.measure(
            port: service.port, connections: connections, rate: load * capacity,
            seconds: Double(2 * bench.plan.seconds), requests: bench.requests(pages: pages, port: service.port))
        return LatencyRow(
            storage: bench.storage.kind, connections: connections, pages: pages, load: load, offered: load * capacity,
            answered: sample.requestsPerSecond, p50Microseconds: sample.percentile(0.5),
            p90Microseconds: sample.percentile(0.9), p99Microseconds: sample.percentile(0.99),
            maxMicroseconds: sample.percentile(1), failures: sample.failures)
    }
}
