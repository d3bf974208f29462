import Testing

extension ServiceSuites {
    @Suite("The queue")
    struct QueueTests {
        @Test("a job that finds the queue full is answered 503 at once, and those before it run")
        func full() async throws {
            try await withService(on: .sqlite, workers: 1, options: ["--waiting-jobs", "1"]) { service in
                for program in ["one", "two"] { try await service.client.upload(program) }
                let (running, waiting) = (try service.makeClient(), try service.makeClient())
                async let first = running.run("one", "work", 300_000_000, timeoutMs: 60_000)
                let isBusy = try await eventually { try await service.info().workers.busy == 1 }
                try #require(isBusy)
                async let second = waiting.run("two", "deposit", 8, 1)
                let isQueued = try await eventually { try await service.info().queued == 1 }
                try #require(isQueued)

                for program in ["one", "two"] {
                    let answer = try await service.client.post(
                        JobSubmission(program: program, entry: "deposit", args: [8, 1]))
                    let problem = try answer.expectProblem(503, "too_many_jobs")
                    #expect(problem.job == nil)
                    let seconds = try #require(answer.header("Retry-After").flatMap { Int($0) })
                    #expect((1...60).contains(seconds))
                }
                let module = try await service.client.request(
                    "POST", "/v1/programs?id=three", type: "text/plain", body: Array(CounterProgram.text().utf8))
                try module.expectProblem(503, "too_many_jobs")
                let answered = try await service.client.jobs("state=running").count
                #expect(answered == 1, "the refusals came while the first job ran")

                #expect(try await first.results == [1])
                #expect(try await second.results == [1])
                #expect(try await service.client.run("two", "deposit", 8, 1).results == [2])
                #expect(try await service.client.jobs("").count == 3)
            }
        }
    }
}
