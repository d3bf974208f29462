import Foundation
import PageStorage

/// What a job costs that finds the service idle, beside the transactions that it needs at least.
struct IdleMeasurement {
    let bench: JobsBench

    private static let blocks = 10
    private static let jobsPerBlock = 40

    func run(_ report: inout JobsReport) throws {
        try bench.withPrograms { service, client in
            let transactions = try bench.tools.map { try bench.equivalentTransactions($0, client) }
            let bare = try transactions == nil ? BareTransactions(bench.storage) : nil
            let job = BenchRequest.post("/v1/jobs", json: JobProgram.job(JobProgram.id(0), pages: 0))
            for _ in 0..<Self.jobsPerBlock { try client.expect(job) }
            var (jobs, least, added): ([Double], [Double], [Double]) = ([], [], [])
            for _ in 0..<Self.blocks {
                let block = try (0..<Self.jobsPerBlock).map { _ in
                    usleep(2000)
                    let start = ContinuousClock.now
                    try client.expect(job)
                    return (.now - start) / .microseconds(1)
                }
                let bareBlock =
                    if let transactions {
                        try transactions.latencies(.two, pages: 0, count: Self.jobsPerBlock)
                    } else {
                        try (0..<Self.jobsPerBlock).map { _ in try bare?.runOne(pages: 0) ?? 0 }
                    }
                jobs += block
                least += bareBlock
                added.append(Quartiles(block).median - Quartiles(bareBlock).median)
            }
            try transactions?.remove()
            report.add(
                IdleRow(
                    storage: bench.storage.kind, jobMicroseconds: Quartiles(jobs),
                    transactionMicroseconds: Quartiles(least), addedMicroseconds: Quartiles(added)))
        }
    }
}
