import Foundation

/// What must be true of accepted jobs after a chaos run, read over HTTP: of each job its end, of each program its memory.
struct ChaosVerification {
    let ledger: ChaosLedger
    let client: BenchClient

    /// How jobs ended, counted.
    private(set) var ends: [String: Int] = [:]

    init(_ ledger: ChaosLedger, _ client: BenchClient) { (self.ledger, self.client) = (ledger, client) }

    /// Asks for jobs until all have ended.
    mutating func awaitEnds(within limit: Duration) throws {
        let deadline = ContinuousClock.now + limit
        for (id, entry) in ledger.entries.sorted(by: { $0.key < $1.key }) {
            guard let end = try end(of: id, until: deadline) else {
                ledger.report(.notEnded, "job \(id) of \(entry.program)")
                continue
            }
            ledger.note(end, of: id)
            switch end {
            case .finished: ends["finished", default: 0] += 1
            case .otherwise(let state, let reason):
                ends["\(state) (\(reason))", default: 0] += 1
                // After so many crashes of its worker a job is given up: the run kills many.
                if reason == "worker_crashed" || reason == "program_deleted" && entry.mayLoseProgram { continue }
                ledger.report(.failed, "job \(id) of \(entry.program): \(end)")
            }
        }
    }

    /// Compares the logs of the programs with the ends of the jobs.
    func compareLogs() throws {
        for (program, jobs) in Dictionary(grouping: ledger.entries, by: \.value.program) {
            // A request that a frozen server takes up late may make a deleted program anew, with another memory.
            if jobs.allSatisfy(\.value.mayLoseProgram) { continue }
            guard let log = try log(of: program) else {
                if jobs.contains(where: { !$0.value.mayLoseProgram }) { ledger.report(.programGone, program) }
                continue
            }
            Self.compare(log, with: jobs.map { ($0.key, $0.value) }, of: program, ledger)
        }
    }

    /// Reports to the ledger where a program's log is not what the ends of its jobs say.
    static func compare(
        _ log: [UInt32], with jobs: [(id: String, entry: ChaosLedger.Entry)], of program: String, _ ledger: ChaosLedger
    ) {
        let places = Dictionary(grouping: log.indices) { log[$0] }
        for (id, entry) in jobs {
            let found = places[entry.number] ?? []
            if found.count > 1 { ledger.report(.doubled, "job \(id) on \(program), at \(found)") }
            switch entry.end {
            case .finished(let length):
                if found.isEmpty { ledger.report(.lost, "job \(id) on \(program)") }
                if found.count == 1, found[0] != length - 1 {
                    ledger.report(.otherAnswer, "job \(id) on \(program): place \(length - 1), not \(found[0])")
                }
            case .otherwise(let state, _):
                if !found.isEmpty { ledger.report(.unexpected, "job \(id) on \(program): \(state)") }
            case nil: break
            }
        }
        let known = Set(jobs.map(\.entry.number))
        for number in log where !known.contains(number) {
            ledger.report(.foreign, "number \(number) on \(program)")
        }
        // A client posts a job when the one before it has been accepted.
        for (client, numbers) in Dictionary(grouping: log, by: { $0 >> 20 }) {
            for (before, after) in zip(numbers, numbers.dropFirst()) where before > after {
                ledger.report(.order, "\(program), client \(client): number \(after) after \(before)")
            }
        }
    }

    private func end(of id: String, until deadline: ContinuousClock.Instant) throws -> ChaosEnd? {
        while true {
            let answer = client.send(BenchRequest(path: "/v1/jobs/\(id)"), within: .seconds(10))
            if let answer, answer.status == 200, let end = ChaosEnd(answer) { return end }
            if answer?.status == 404 { ledger.report(.unknown, "job \(id)") }
            guard .now < deadline, answer?.status != 404 else { return nil }
            usleep(20_000)
        }
    }

    /// Nil if there is no such program (any more).
    private func log(of program: String) throws -> [UInt32]? {
        let path = "/v1/programs/\(program)"
        guard let answer = client.send(BenchRequest(path: path), within: .seconds(10)), answer.status != 404 else {
            return nil
        }
        return try ChaosProgram.log { page in
            let answer = client.send(BenchRequest(path: "\(path)/pages/\(page)"), within: .seconds(10))
            guard let answer, answer.status == 200 || answer.status == 404 else {
                throw Failure(.service, "page \(page) of \(program) is not answered")
            }
            return answer.status == 200 ? answer.body : nil
        }
    }
}
