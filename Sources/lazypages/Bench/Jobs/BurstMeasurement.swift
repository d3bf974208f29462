import Foundation
import PageStorage

/// Many jobs posted at once: waited for in the request that posts them, and posted without waiting and then asked for.
struct BurstMeasurement {
    let bench: JobsBench

    private static let jobs = 1000
    /// When each job comes in a request of its own.
    private static let connections = 250

    func run(_ report: inout JobsReport) throws {
        try bench.withPrograms { service, client in
            let jobs = (0..<Self.jobs).map { JobProgram.job(JobProgram.id($0 % bench.plan.programs), pages: 1) }
            for isBatch in [true, false] {
                _ = try time(jobs, asynchronous: false, isBatch: isBatch, service.port)
                var (waited, polled): ([Double], [Double]) = ([], [])
                for _ in 0..<bench.plan.rounds {
                    waited.append(try time(jobs, asynchronous: false, isBatch: isBatch, service.port))
                    polled.append(try time(jobs, asynchronous: true, isBatch: isBatch, service.port))
                }
                report.add(
                    BurstRow(
                        storage: bench.storage.kind, jobs: Self.jobs, requests: isBatch ? 1 : Self.jobs,
                        waitedMilliseconds: Quartiles(waited), polledMilliseconds: Quartiles(polled),
                        ratio: Quartiles(zip(waited, polled).map { $0 / $1 })))
            }
        }
    }

    /// - Returns: milliseconds until the ends of all jobs are known.
    private func time(_ jobs: [String], asynchronous: Bool, isBatch: Bool, _ port: UInt16) throws -> Double {
        let preference = [asynchronous ? "Prefer: respond-async" : "Prefer: wait=60"]
        let posts: [BenchRequest] =
            isBatch
            ? [.post("/v1/jobs/batch", json: "{\"jobs\": [\(jobs.joined(separator: ","))]}", headers: preference)]
            : jobs.map { .post("/v1/jobs", json: $0, headers: preference) }
        let start = ContinuousClock.now
        let answers = try HTTPBurst.send(posts.map { $0.bytes(port: port) }, port: port, connections: Self.connections)
        let documents = try answers.flatMap { try Self.documents($0, isBatch: isBatch) }
        if asynchronous {
            // The storage's answer is the job's end: what a poll costs is part of the time.
            let polls = try documents.map { document in
                guard let id = document["id"] as? String else { throw Failure(.service, "a job without an id") }
                return BenchRequest(path: "/v1/jobs/\(id)?wait=30").bytes(port: port)
            }
            _ = try HTTPBurst.send(polls, port: port, connections: Self.connections) { _, body in
                Self.hasFinished((try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:])
            }
        } else if !documents.allSatisfy(Self.hasFinished) {
            throw Failure(.service, "not all jobs that were waited for have finished")
        }
        guard documents.count == jobs.count else { throw Failure(.service, "\(documents.count) jobs were answered") }
        return (.now - start) / .milliseconds(1)
    }

    private static func hasFinished(_ document: [String: Any]) -> Bool { document["state"] as? String == "finished" }

    private static func documents(_ body: Data, isBatch: Bool) throws -> [[String: Any]] {
        guard let object = try JSONSerialization.jsonObject(with: body) as? [String: Any] else { return [] }
        guard isBatch else { return [object] }
        return (object["jobs"] as? [[String: Any]] ?? []).compactMap { $0["job"] as? [String: Any] }
    }
}
