import TestSupport
import Testing

extension ServiceSuites {
    @Suite("A client that goes away")
    struct DepartedClientTests {
        @Test("its job runs to its end, is committed, and is found", arguments: StorageKind.allCases)
        func departure(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 1) { service in
                try await service.client.upload("bank")
                let job = try JobSubmission(program: "bank", entry: "work", args: [150_000_000]).json
                let socket = try RawSocket(port: try service.port)
                let head = """
                    POST /v1/jobs HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\n\
                    Content-Length: \(job.count)\r\n\r\n
                    """
                try await socket.send(Array(head.utf8) + job)
                let isRunning = try await eventually { try await service.client.jobs("state=running").count == 1 }
                try #require(isRunning)
                socket.reset()

                let hasEnded = try await eventually { try await service.client.jobs("state=finished").count == 1 }
                try #require(hasEnded)
                let found = try #require(try await service.client.jobs("program=bank").first)
                #expect(found.outcome == "success" && found.committed && found.results == [1])
                // A moment longer it may be shown as running.
                let isShown = try await eventually { try await service.client.job(found.id) == found }
                #expect(isShown)
                #expect(try await service.client.run("bank", "visit", 8, 1).results == [1])
            }
        }
    }
}
