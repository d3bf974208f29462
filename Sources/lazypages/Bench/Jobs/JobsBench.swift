import Foundation
import PageStorage

/// One storage under measurement, and what all measurements of it share.
final class JobsBench {
    let storage: StorageLocation
    let plan: Plan
    let scratch: BenchScratch
    /// Only of PostgreSQL.
    let tools: PostgresTools?

    struct Plan {
        var programs: Int
        var workers: Int
        var connections: [Int]
        var pages: [Int]
        var rounds: Int
        var seconds: Int
        var snapshotSeconds: Int
        /// In MiB.
        var memories: [Int]
    }

    init(_ storage: StorageLocation, _ plan: Plan, in scratch: BenchScratch) throws {
        (self.storage, self.plan, self.scratch) = (storage, plan, scratch)
        tools = storage.isPostgres ? try PostgresTools() : nil
    }

    /// - Parameter options: further ones of `serve`.
    func startService(workers: Int? = nil, options: [String] = []) throws -> ServeProcess {
        try ServeProcess.start(
            storage, options: ["--workers", String(workers ?? plan.workers)] + options, in: scratch)
    }

    /// Runs `body` with a service that has the programs.
    /// - Parameter memorySize: of a program, in Wasm pages.
    func withPrograms<Result>(
        memorySize: UInt32 = 8, _ body: (ServeProcess, BenchClient) throws -> Result
    ) throws -> Result {
        let service = try startService()
        let client = BenchClient(port: service.port)
        let ids = (0..<plan.programs).map(JobProgram.id)
        for id in ids { try JobProgram.upload(id, memorySize: memorySize, to: client) }
        let result = try body(service, client)
        for id in ids { try JobProgram.delete(id, from: client) }
        guard service.stop() else { throw Failure(.service, "the service did not stop in order: \(service.said)") }
        return result
    }

    /// Each program's job.
    func jobs(pages: Int) -> [String] {
        (0..<plan.programs).map { JobProgram.job(JobProgram.id($0), pages: pages) }
    }

    func requests(pages: Int, port: UInt16) -> [[UInt8]] {
        jobs(pages: pages).map { BenchRequest.post("/v1/jobs", json: $0).bytes(port: port) }
    }

    /// Jobs per second, each connection posting its next one when the last is answered.
    func closedLoop(port: UInt16, connections: Int, pages: Int, seconds: Double) throws -> LoadSample {
        try HTTPLoad.measure(
            ports: [port], connections: connections, seconds: seconds, requests: requests(pages: pages, port: port))
    }

    /// The transactions that a job is measured against, with the record of a job that ran now.
    func equivalentTransactions(_ tools: PostgresTools, _ client: BenchClient) throws -> EquivalentTransactions {
        let answer = try client.expect(.post("/v1/jobs", json: JobProgram.job(JobProgram.id(0), pages: 1)))
        guard let id = answer["id"] as? String else { throw Failure(.service, "a job is answered without its id") }
        let record = try client.expect(BenchRequest(path: "/v1/jobs/\(id)"))
        return try EquivalentTransactions(
            tools, at: storage.text, programs: plan.programs,
            document: String(decoding: record.body, as: UTF8.self), in: scratch)
    }
}

extension StorageLocation {
    var isPostgres: Bool { if case .postgres = self { true } else { false } }
}
