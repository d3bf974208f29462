import Foundation
import TestSupport
import Testing

extension ServiceSuites {
    @Suite("A PostgreSQL server that stops")
    struct StorageOutageTests {
        @Test("while it is away jobs are refused; those that were accepted run when it is back, each once")
        func outage() async throws {
            let postgres = try PrivatePostgres()
            try await withService(on: try TestStorage(.postgresql, on: postgres)) { service in
                let load = try await Load(on: service, clients: 6, programs: 4)
                try await load.run {
                    let isUnderWay = await eventually { load.successes >= 40 }
                    try #require(isUnderWay)
                    try await HTTPClient.onOwnThread { try postgres.stop(.immediate) }
                    try await service.client.get("/readyz").expectProblem(503, "storage_unavailable")
                    #expect(try await service.client.get("/healthz").status == 200)
                    #expect(try await service.metrics()["lazypages_storage_up"] == 0)
                    let refused = try await service.client.post(
                        JobSubmission(program: "bank-0", entry: "twin", args: [1]))
                    #expect(try refused.expectProblem(503, "storage_unavailable").job == nil)
                    try await HTTPClient.onOwnThread { try postgres.start() }
                    let before = load.successes
                    let hasRecovered = await eventually { load.successes >= before + 40 }
                    #expect(hasRecovered)
                }
                let isWhole = try await eventually { try await service.isIdle(workers: 2) }
                #expect(isWhole)
                try await load.drain(service)
                let kept = try await load.expectMemoryIsWhatJobsSay(service)
                for answer in load.answers where answer.status != 200 {
                    #expect(answer.status == 503 && answer.problem?.code == "storage_unavailable")
                }
                for answer in load.answers {
                    guard let id = answer.job else { continue }
                    let job = try await service.client.job(id)
                    #expect(job.outcome == "success" && job.committed)
                }
                // What was refused without an id may have been accepted nevertheless, and has run once then.
                let known = Set(load.answers.compactMap(\.job)).count
                #expect((known...load.answers.count + 1).contains(kept.values.reduce(0, +)))
            }
        }

        @Test("a commit whose answer was lost is found again, and its job counts once")
        func lostAnswers() async throws {
            // Within the time that a commit is repeated, that the server's lease runs, and after both.
            let outages: [Duration] = [.zero, .seconds(7), .seconds(14)]
            try await withThrowingTaskGroup { group in
                for outage in outages { group.addTask { try await loseAnswer(outage: outage) } }
                try await group.waitForAll()
            }
        }

        private func loseAnswer(outage: Duration) async throws {
            let postgres = try await HTTPClient.onOwnThread { try PrivatePostgres() }
            let storage = try TestStorage(.postgresql, on: postgres)
            try await withService(on: storage) { service in
                let program = try await service.client.upload("bank")
                let client = try service.makeClient()
                let work = JobSubmission(program: program, entry: "work", args: [300_000_000], timeoutMs: 60_000)
                async let answer = client.post(work)
                let isRunning = try await eventually { try await !service.client.jobs("state=running").isEmpty }
                try #require(isRunning)
                let id = try #require(try await service.client.jobs("state=running").first).id
                // A standby that does not exist: commits are done, and their answers wait for ever.
                try storage.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
                try storage.sql("SELECT pg_reload_conf()")
                let waiting = """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE wait_event = 'SyncRep' AND query LIKE '%INSERT INTO jobs%'
                    """
                let isCommitted = try await eventually { try postgres.sql(waiting, in: storage.location) == "1" }
                try #require(isCommitted)
                try storage.sql("ALTER SYSTEM RESET synchronous_standby_names")
                try await HTTPClient.onOwnThread { try postgres.stop(.immediate) }
                try await Task.sleep(for: outage)
                try await HTTPClient.onOwnThread { try postgres.start() }

                let response = try await answer
                #expect([200, 503].contains(response.status), "\(outage): \(response.text)")
                if response.status == 503 {
                    #expect(try response.expectProblem(503, "storage_unavailable").job == id)
                }
                let isFound = try await eventually { try await service.client.job(id).outcome == "success" }
                #expect(isFound)
                #expect(try await service.client.run(program, "visit", 8, 1, commit: false).results == [1])
                #expect(try await service.client.program(program).version == 1)
            }
        }
    }
}
