import TestSupport
import Testing

extension ServiceSuites {
    @Suite("Two services on one storage")
    struct SharedStorageTests {
        @Test("jobs of one program through both at once all count", arguments: StorageKind.allCases)
        func shared(kind: StorageKind) async throws {
            let (clients, rounds) = (2, 25)
            let storage = try TestStorage(kind)
            try await withService(on: storage, workers: 1) { first in
                try await withService(on: storage, workers: 1) { second in
                    let program = try await first.client.upload("bank")
                    #expect(try await second.client.program(program).version == 0)
                    let lost = try await withThrowingTaskGroup { group in
                        for service in [first, second] {
                            for _ in 0..<clients {
                                let client = try service.makeClient()
                                group.addTask { try await Self.addTwins(rounds, client) }
                            }
                        }
                        return try await group.reduce(0, +)
                    }
                    let total = 2 * clients * rounds
                    for service in [first, second] {
                        for page in CounterProgram.twins {
                            #expect(try await service.client.run(program, "visit", page, 1).results == [total])
                        }
                        #expect(try await service.client.program(program).version == total)
                        #expect(try await service.client.jobs("outcome=success").filter(\.committed).count >= total)
                    }
                    #expect(lost == 0)
                    var conflicts = 0.0
                    for service in [first, second] {
                        conflicts += try await service.metrics()["lazypages_commit_conflicts_total"] ?? 0
                    }
                    #expect(conflicts == 0, "one server at a time has the program")
                }
            }
        }

        /// A job that loses the race against the other service again and again may give up; its client posts it again.
        /// - Returns: how often that was.
        private static func addTwins(_ rounds: Int, _ client: Client) async throws -> Int {
            var lost = 0
            var done = 0
            while done < rounds {
                let response = try await client.post(JobSubmission(program: "bank", entry: "twin", args: [1]))
                if response.status == 200 {
                    done += 1
                } else {
                    try response.expectProblem(409, "commit_conflict")
                    lost += 1
                }
            }
            return lost
        }
    }
}
