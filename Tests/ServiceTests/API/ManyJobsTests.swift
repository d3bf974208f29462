import Testing

extension ServiceSuites {
    @Suite("Many jobs at once")
    struct ManyJobsTests {
        @Test(
            "1,000 jobs over 8 connections on 50 programs all count, each charged to the unit",
            arguments: StorageKind.allCases)
        func manyJobs(kind: StorageKind) async throws {
            let (jobs, connections, programs) = (1000, 8, 50)
            try await withService(on: kind) { service in
                for number in 0..<programs { try await service.client.upload("bank-\(number)") }
                let gas = try await service.gas()
                let answers = try await withThrowingTaskGroup { group in
                    for first in 0..<connections {
                        let client = try service.makeClient()
                        group.addTask {
                            var answers: [JobDocument] = []
                            for number in stride(from: first, to: jobs, by: connections) {
                                answers.append(try await client.run("bank-\(number % programs)", "deposit", 8, 1))
                            }
                            return answers
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(Set(answers.map(\.id)).count == jobs)

                for job in answers {
                    let version = try #require(job.programVersion)
                    #expect(job.outcome == "success" && job.results == [version])
                    var charges = ["signal_read": 1, "signal_write_after_read": 1]
                    if version > 1 { charges["load_page_data"] = 1 }
                    try gas.expect(job, charges)
                }
                for number in 0..<programs {
                    let commits = answers.filter { $0.program == "bank-\(number)" }
                    #expect(commits.map { $0.programVersion ?? 0 }.sorted() == Array(1...commits.count))
                    let program = try await service.client.program("bank-\(number)")
                    #expect(program.version == commits.count && program.storedPages == 1)
                    let read = try await service.client.run("bank-\(number)", "visit", 8, 1)
                    #expect(read.results == [commits.count])
                }
                #expect(try await service.metrics().nonzero("lazypages_job_failures_total").isEmpty)
            }
        }

        @Test("jobs of one program run in the order in which they were posted")
        func order() async throws {
            try await withService(on: .sqlite, workers: 2) { service in
                try await service.client.upload("bank")
                let slow = try service.makeClient()
                async let first = slow.run("bank", "work", 300_000_000)
                let isRunning = try await eventually { try await !service.client.jobs("state=running").isEmpty }
                try #require(isRunning)
                var waiting: [Task<JobDocument, any Error>] = []
                for number in 1...5 {
                    let client = try service.makeClient()
                    waiting.append(Task { try await client.run("bank", "deposit", 8, 1) })
                    let isQueued = try await eventually { try await service.info().queued == number }
                    try #require(isQueued)
                }
                #expect(try await first.results == [1])
                for (number, job) in waiting.enumerated() { #expect(try await job.value.results == [number + 2]) }
            }
        }
    }
}
