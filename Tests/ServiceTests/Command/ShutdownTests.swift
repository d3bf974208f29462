import Foundation
import Testing

extension ServiceSuites {
    @Suite("A service that is asked to stop")
    struct ShutdownTests {
        @Test("it answers the job that runs and the one that waits, and ends well", arguments: StorageKind.allCases)
        func drain(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 1) { service in
                for program in ["one", "two"] { try await service.client.upload(program) }
                let (running, waiting) = (try service.makeClient(), try service.makeClient())
                async let first = running.run("one", "work", 300_000_000, timeoutMs: 60_000)
                let isBusy = try await eventually { try await service.info().workers.busy == 1 }
                try #require(isBusy)
                async let second = waiting.run("two", "deposit", 8, 1)
                let isQueued = try await eventually { try await service.info().queued == 1 }
                try #require(isQueued)

                try await service.stop()
                #expect(try await first.results == [1])
                #expect(try await second.results == [1])
                try await service.start()
                #expect(try await service.client.run("one", "visit", 8, 1).results == [1])
                #expect(try await service.client.jobs("").count == 3)
            }
        }

        @Test(
            "a job that does not end in time stays in the queue, and its client is told",
            arguments: StorageKind.allCases)
        func giveUp(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 1, options: ["--shutdown-seconds", "1"]) { service in
                try await service.client.upload("bank")
                let client = try service.makeClient()
                let endless = JobSubmission(program: "bank", entry: "forever", args: [], timeoutMs: 600_000)
                async let answer = client.post(endless)
                let isBusy = try await eventually { try await service.info().workers.busy == 1 }
                try #require(isBusy)
                try await service.stop()
                let response = try await answer
                #expect(response.status == 202)
                let id = try response.decoded(as: JobDocument.self).id
                #expect(response.header("Location") == "/v1/jobs/\(id)")
                try await service.start()
                let isRunningAgain = try await eventually { try await service.client.job(id).state == "running" }
                #expect(isRunningAgain)
                #expect(try await service.client.request("DELETE", "/v1/jobs/\(id)").status == 200)
                #expect(try await service.client.job(id).state == "cancelled")
                #expect(try await service.client.run("bank", "deposit", 8, 1).results == [1])
            }
        }
    }
}
