import Foundation
import PageStorage

/// Two servers that share a storage against one with as many workers as both together.
struct ServersMeasurement {
    let bench: JobsBench

    func run(_ report: inout JobsReport) throws {
        // Enough for one server, and enough for each of two.
        let most = bench.plan.connections.max() ?? 64
        for connections in [most, 4 * most] {
            for isShared in [false, true] { report.add(try row(connections, isShared: isShared)) }
        }
    }

    private func row(_ connections: Int, isShared: Bool) throws -> ServersRow {
        var (one, two): ([Double], [Double]) = ([], [])
        for _ in 0..<bench.plan.rounds {
            one.append(try rate(servers: 1, connections, isShared: isShared))
            two.append(try rate(servers: 2, connections, isShared: isShared))
        }
        return ServersRow(
            storage: bench.storage.kind, workers: workers, connections: connections, sharedPrograms: isShared,
            one: Quartiles(one), two: Quartiles(two), ratio: Quartiles(zip(two, one).map { $0 / $1 }))
    }

    /// Of all servers together.
    private var workers: Int { max(2, bench.plan.workers / 2 * 2) }

    /// - Parameter isShared: jobs of a program are posted to both servers, not always to the same.
    /// - Returns: jobs per second.
    private func rate(servers count: Int, _ connections: Int, isShared: Bool) throws -> Double {
        let servers = try (0..<count).map { _ in try bench.startService(workers: workers / count) }
        let client = BenchClient(port: servers[0].port)
        let ids = (0..<bench.plan.programs).map(JobProgram.id)
        for id in ids { try JobProgram.upload(id, memorySize: 8, to: client) }
        let requests = (0..<connections).map { connection in
            // Connections are dealt out to the servers in turn.
            let id = ids[(isShared ? connection / 2 : connection) % ids.count]
            return BenchRequest.post("/v1/jobs", json: JobProgram.job(id, pages: 1)).bytes(port: servers[0].port)
        }
        let ports = servers.map(\.port)
        _ = try HTTPLoad.measure(ports: ports, connections: connections, seconds: 1, requests: requests)
        let sample = try HTTPLoad.measure(
            ports: ports, connections: connections, seconds: Double(bench.plan.seconds), requests: requests)
        for id in ids { try JobProgram.delete(id, from: client) }
        guard sample.failures == 0, servers.allSatisfy({ $0.stop() }) else {
            throw Failure(.service, "servers that share a storage failed: \(servers.map(\.said))")
        }
        return sample.requestsPerSecond
    }
}
