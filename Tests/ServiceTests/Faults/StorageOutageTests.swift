import Foundation
import TestSupport
import Testing

extension ServiceSuites {
    @Suite("A PostgreSQL server that stops")
    struct StorageOutageTests {
        @Test("jobs are answered 503 while it is away, and run again by themselves when it is back")
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
                    let isNoticed = await eventually {
                        load.answers.contains { $0.status == 503 && $0.job != nil }
                    }
                    #expect(isNoticed)
                    try await HTTPClient.onOwnThread { try postgres.start() }
                    let before = load.successes
                    let hasRecovered = await eventually { load.successes >= before + 40 }
                    #expect(hasRecovered)
                }
                let isWhole = try await eventually { try await service.isIdle(workers: 2) }
                #expect(isWhole)
                let unanswered = load.answers.filter { $0.status != 200 }
                #expect(unanswered.allSatisfy { $0.status == 503 && $0.problem?.code == "storage_unavailable" })
                let isRecorded = try await eventually { try areRecorded(unanswered, service.storage) }
                #expect(isRecorded)
                try await expectAgreement(load, service)
            }
        }

        @Test("a commit whose answer was lost is not denied: it is found again, or the job says where to look")
        func lostAnswers() async throws {
            // Within the time that a commit is repeated, that its failure is recorded, and after both.
            let outages: [Duration] = [.zero, .seconds(7), .seconds(17)]
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
                // A standby that does not exist: the commit is done, and its answer waits for ever.
                try storage.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
                try storage.sql("SELECT pg_reload_conf()")
                let isReloaded = try await eventually {
                    try postgres.sql("SHOW synchronous_standby_names", in: storage.location) == "nobody"
                }
                try #require(isReloaded)
                let client = try service.makeClient()
                async let answer = client.post(JobSubmission(program: program, entry: "twin", args: [1]))
                let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                let isCommitted = try await eventually { try postgres.sql(waiting, in: storage.location) == "1" }
                try #require(isCommitted)
                try storage.sql("ALTER SYSTEM RESET synchronous_standby_names")
                try await HTTPClient.onOwnThread { try postgres.stop(.immediate) }
                try await Task.sleep(for: outage)
                try await HTTPClient.onOwnThread { try postgres.start() }

                let response = try await answer
                let id: String?
                if response.status == 200 {
                    id = try response.decoded(as: JobDocument.self).id
                } else {
                    let problem = try response.expectProblem(503, "storage_unavailable")
                    #expect(problem.detail?.contains("read by its id") == true, "\(outage): \(response.text)")
                    id = problem.job
                }
                let isReady = try await eventually { try await service.isIdle(workers: 2) }
                #expect(isReady)
                let jobID = try #require(id)
                let isFound = try await eventually { try await service.client.job(jobID).outcome == "success" }
                #expect(isFound)
                #expect(try await service.client.run(program, "visit", 8, 1, commit: false).results == [1])
                #expect(try await service.client.program(program).version == 1)
            }
        }

        /// Whether the storage itself holds the jobs that were answered while it was away.
        private func areRecorded(_ answers: [Load.Answer], _ storage: TestStorage) throws -> Bool {
            let ids = answers.compactMap(\.job).map { "'\($0)'" }
            let count = try storage.query("SELECT count(*) FROM jobs WHERE id IN (\(ids.joined(separator: ",")))")
            return count == String(ids.count)
        }

        /// Like `Load.expectAgreement`; but a job whose commit was under way when the server stopped may be stored,
        /// if its answer said so.
        private func expectAgreement(_ load: Load, _ service: TestService) async throws {
            let kept = try await load.expectMemoryIsWhatJobsSay(service)
            var successes: [String: Int] = [:]
            for answer in load.answers {
                guard let id = answer.job else { continue }
                let job = try await service.client.job(id)
                let mayBeStored = answer.problem?.detail?.contains("read by its id") == true
                if answer.status == 200 || (mayBeStored && job.outcome == "success") {
                    #expect(job.outcome == "success" && job.committed)
                    successes[answer.program, default: 0] += 1
                } else {
                    #expect(job.state == "failed" && job.error?.code == "storage_unavailable")
                }
            }
            #expect(kept == successes)
        }
    }
}
