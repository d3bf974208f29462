import Foundation
import TestSupport
import Testing

extension ServiceSuites {
    @Suite("A server whose clock is wrong")
    struct WrongClockTests {
        /// When a job was accepted, and when it ran.
        private struct Times: Decodable {
            var id: String
            var createdAt: String
            var startedAt: String?
            var finishedAt: String?

            func expectOrder(
                after earliest: Date, sourceLocation: SourceLocation = #_sourceLocation
            ) throws {
                let texts = [createdAt, startedAt, finishedAt].compactMap(\.self)
                let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                // Servers find out the storage's time to within an answer.
                let dates = [earliest] + (try texts.map { try Date($0, strategy: style) }) + [.now]
                for (before, after) in zip(dates, dates.dropFirst()) {
                    #expect(before < after + 5, "\(texts) after \(earliest)", sourceLocation: sourceLocation)
                }
            }
        }

        private static let hour = 3600

        /// Two servers on one storage, the second one with a wrong clock.
        private func withServers(
            ahead seconds: Int, leaseSeconds: Int,
            _ body: (_ right: TestService, _ wrong: TestService) async throws -> Void
        ) async throws {
            let clock = try await WrongClock()
            let options = ["--lease-seconds", String(leaseSeconds)]
            let storage = try TestStorage(.postgresql)
            try await withService(on: storage, workers: 1, options: options) { right in
                try await withService(
                    on: storage, workers: 1, options: options, environment: clock.environment(ahead: seconds)
                ) { wrong in
                    let date = try #require(try await wrong.client.get("/healthz").header("Date"))
                    let format = DateFormatter()
                    format.locale = Locale(identifier: "en_US_POSIX")
                    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
                    let shown = try #require(format.date(from: date)).timeIntervalSinceNow
                    try #require(abs(shown - Double(seconds)) < 600, "its clock goes wrong")
                    try await body(right, wrong)
                }
            }
        }

        private func times(_ job: String, _ service: TestService) async throws -> Times {
            try await service.client.get("/v1/jobs/\(job)")
        }

        @Test("ids, times, order and leases are those of the storage's clock", arguments: [-hour, hour])
        func order(ahead: Int) async throws {
            try await withServers(ahead: ahead, leaseSeconds: 6) { right, wrong in
                let begin = Date.now
                for program in ["ours", "theirs", "both"] { try await right.client.upload(program) }
                // The programs' jobs run where they are posted, or where the program is held.
                var posted: [String] = []
                for round in 0..<12 {
                    let service = round.isMultiple(of: 2) ? right : wrong
                    for program in [round.isMultiple(of: 2) ? "ours" : "theirs", "both"] {
                        posted.append(try await service.client.run(program, "twin", 1).id)
                        // More than the servers' ideas of the storage's time differ by.
                        try await Task.sleep(for: .milliseconds(200))
                    }
                }
                #expect(posted == posted.sorted())
                for service in [right, wrong] {
                    #expect(try await service.client.jobs("").map(\.id) == posted.reversed())
                    let since = begin.addingTimeInterval(-5).ISO8601Format()
                    #expect(try await service.client.jobs("since=\(since)").count == posted.count)
                    for job in posted { try await times(job, right).expectOrder(after: begin) }
                }
                // A worker that is stopped and a job that is cancelled have their times from the server.
                let late = try await wrong.client.run("theirs", "forever", gas: 1 << 52, timeoutMs: 300)
                #expect(late.outcome == "timeout")
                let job = JobSubmission(program: "theirs", entry: "forever", args: [], gasLimit: 1 << 52)
                let client = try wrong.makeClient()
                let posting = Task { try await client.post(job) }
                let isRunning = try await eventually { try await !wrong.client.jobs("state=running").isEmpty }
                try #require(isRunning)
                let running = try #require(try await wrong.client.jobs("state=running").first)
                // The other one is told from time to time.
                let isSeen = try await eventually { try await right.client.job(running.id).state == "running" }
                #expect(isSeen)
                try await times(running.id, right).expectOrder(after: begin)
                #expect(try await wrong.client.request("DELETE", "/v1/jobs/\(running.id)").status == 200)
                try await posting.value.expectProblem(409, "job_cancelled")
                for job in [late.id, running.id] { try await times(job, right).expectOrder(after: begin) }

                // Nobody took the other one for dead.
                for service in [right, wrong] { #expect(!service.log.contains("begins anew"), "\(service.log)") }
                #expect(try await right.client.program("both").version == 12)
            }
        }

        @Test(
            "a killed server's jobs are taken over when its lease is over, whichever clock was wrong",
            arguments: zip([-hour, hour], [false, true]))
        func takenOver(ahead: Int, killsWrong: Bool) async throws {
            try await withServers(ahead: ahead, leaseSeconds: 2) { right, wrong in
                let (killed, other) = killsWrong ? (wrong, right) : (right, wrong)
                let begin = Date.now
                try await killed.client.upload("bank")
                let job = JobSubmission(
                    program: "bank", entry: "work", args: [4_000_000_000], gasLimit: 1 << 52, timeoutMs: 60_000)
                let client = try killed.makeClient()
                let posting = Task { try await client.post(job) }
                let isRunning = try await eventually { try await !killed.client.jobs("state=running").isEmpty }
                try #require(isRunning)
                // Longer than the lease: it is renewed by the storage's clock.
                try await Task.sleep(for: .seconds(3))
                let running = try #require(try await other.client.jobs("state=running").first)
                _ = try await killed.kill()
                await #expect(throws: HTTPClientError.self) { try await posting.value }
                let hasEnded = try await eventually(within: .seconds(120)) {
                    try await other.client.job(running.id).outcome != nil
                }
                try #require(hasEnded)
                #expect(try await other.client.job(running.id).outcome == "success")
                try await times(running.id, other).expectOrder(after: begin)
                #expect(try await other.client.program("bank").version == 1)
            }
        }
    }
}
