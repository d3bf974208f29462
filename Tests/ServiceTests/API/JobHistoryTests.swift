import Testing

extension ServiceSuites {
    @Suite("Jobs and programs that are kept")
    struct JobHistoryTests {
        @Test("a job is found by its id as it was answered, but for page data", arguments: StorageKind.allCases)
        func kept(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let jobs = [
                    try await service.client.run(program, "twin", 1),
                    try await service.client.run(program, "deposit", 8, 1, commit: false),
                    try await service.client.run(program, "abandon", 8),
                    try await service.client.run(program, "byte", 80, 0),
                    try await service.client.run(program, "put", 9, 1, gas: 10),
                ]
                for job in jobs { #expect(try await service.client.job(job.id) == job.withoutPageData) }
                try await service.stop()
                try await service.start()
                for job in jobs { #expect(try await service.client.job(job.id) == job.withoutPageData) }
            }
        }

        @Test("jobs are listed newest first, in parts, by program, state and outcome", arguments: StorageKind.allCases)
        func listed(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let programs = [try await service.client.upload("one"), try await service.client.upload("two")]
                var ids: [String] = []
                for number in 0..<7 {
                    ids.append(try await service.client.run(programs[number % 2], "deposit", 8, 1).id)
                }
                ids.append(try await service.client.run(programs[0], "abandon", 8).id)
                ids.reverse()
                #expect(try await service.client.jobs("", limit: 3).map(\.id) == ids)
                let ofOne = try await service.client.jobs("program=one", limit: 2)
                #expect(ofOne.map(\.id) == [ids[0], ids[1], ids[3], ids[5], ids[7]])
                #expect(try await service.client.jobs("outcome=trap").map(\.id) == [ids[0]])
                #expect(try await service.client.jobs("program=two&outcome=trap").isEmpty)
                #expect(try await service.client.jobs("state=finished").count == 8)
                #expect(try await service.client.jobs("state=failed").isEmpty)
            }
        }

        @Test("a program is described, and its id is taken once", arguments: StorageKind.allCases)
        func described(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let found = try await service.client.program(program)
                #expect(found.version == 0 && found.storedPages == 0)
                #expect(found.memory == ProgramDocument.Memory(size: 20, stackEnd: 1, maximum: 64))
                #expect(found.entries.map(\.name).sorted() == CounterProgram.entries)
                let deposit = ProgramDocument.Entry(name: "deposit", params: ["i32", "i64"], results: ["i64"])
                #expect(found.entries.contains(deposit))
                let second = try await service.client.request(
                    "POST", "/v1/programs?id=bank", type: "text/plain", body: Array(CounterProgram.text().utf8))
                try second.expectProblem(409, "program_exists")
                #expect(try await service.client.program(program) == found)
            }
        }

        @Test("a deleted program is gone, and its jobs stay", arguments: StorageKind.allCases)
        func deleted(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let other = try await service.client.upload("other")
                let job = try await service.client.run(program, "deposit", 8, 5)
                _ = try await service.client.run(other, "deposit", 8, 3)
                #expect(try await service.client.request("DELETE", "/v1/programs/bank").status == 204)
                for path in ["/v1/programs/bank", "/v1/programs/bank/pages", "/v1/programs/bank/pages/8"] {
                    try await service.client.get(path).expectProblem(404, "program_not_found")
                }
                let late = try await service.client.post(JobSubmission(program: program, entry: "byte", args: [8, 0]))
                try late.expectProblem(404, "program_not_found")
                #expect(try await service.client.job(job.id) == job.withoutPageData)
                // The same code, on which another program still stands, and the same id once more.
                #expect(try await service.client.run(other, "deposit", 8, 1).results == [4])
                try await service.client.upload("bank")
                #expect(try await service.client.run(program, "deposit", 8, 1).results == [1])
            }
        }

        @Test("the jobs of a deleted program end with it, whether they run or wait", arguments: StorageKind.allCases)
        func endedWithProgram(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 1) { service in
                let program = try await service.client.upload("bank")
                var work = JobSubmission(program: program, entry: "work", args: [4_000_000_000_000])
                (work.gasLimit, work.timeoutMs) = (9_000_000_000_000_000, 60_000)
                let clients = try (0..<4).map { _ in try service.makeClient() }
                let begin = ContinuousClock.now
                let problems = try await withThrowingTaskGroup(of: ProblemDocument.self) { group in
                    for client in clients {
                        group.addTask { [work] in try await client.post(work).expectProblem(409, "program_deleted") }
                    }
                    let isThere = try await eventually {
                        let running = try await service.client.jobs("state=running").count
                        let waiting = try await service.client.jobs("state=queued").count
                        return (running, waiting) == (1, 3)
                    }
                    try #require(isThere)
                    #expect(try await service.client.request("DELETE", "/v1/programs/bank").status == 204)
                    try await service.client.upload("bank")
                    #expect(try await service.client.run(program, "visit", 8, 1).results == [0])
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(.now - begin < .seconds(60), "less than one of them takes")
                #expect(try await service.client.jobs("state=failed").count == problems.count)
            }
        }

        @Test("a program that is deleted while its job runs keeps nothing of it", arguments: StorageKind.allCases)
        func deletedMeanwhile(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let slow = try service.makeClient()
                async let answer = slow.post(JobSubmission(program: program, entry: "work", args: [150_000_000]))
                let isRunning = try await eventually { try await !service.client.jobs("state=running").isEmpty }
                try #require(isRunning)
                #expect(try await service.client.request("DELETE", "/v1/programs/bank").status == 204)
                let problem = try await answer.expectProblem(409, "program_deleted")
                let job = try await service.client.job(try #require(problem.job))
                #expect(job.state == "failed" && job.error?.code == "program_deleted" && !job.committed)
                try await service.client.upload("bank")
                #expect(try await service.client.run(program, "visit", 8, 1).results == [0])
            }
        }
    }
}
