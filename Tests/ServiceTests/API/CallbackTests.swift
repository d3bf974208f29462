import Foundation
import TestSupport
import Testing

extension ServiceSuites {
    @Suite("Callbacks of a running service")
    struct CallbackTests {
        /// How far the callback of a job is.
        private struct Progress: Decodable, Equatable {
            struct Callback: Decodable, Equatable {
                var url: String
                var state: String
                var attempts: Int
                var lastStatus: Int?
                var lastError: String?
            }

            var callback: Callback?
        }

        private static let local = ["--callback-hosts", "127.0.0.1", "--private-callbacks"]

        private func withCallbacks(
            on kind: StorageKind, options: [String] = local,
            _ body: (TestService, CallbackReceiver) async throws -> Void
        ) async throws {
            let receiver = try CallbackReceiver()
            let storage = try TestStorage(kind)
            let result: Result<Void, any Error>
            do {
                try await withService(
                    on: storage, options: ["--lease-seconds", "2"] + options,
                    environment: ["LAZYPAGES_CALLBACK_SECRET": CallbackReceiver.secret]
                ) { service in
                    try await service.client.upload("bank")
                    try await body(service, receiver)
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await receiver.stop()
            try result.get()
        }

        /// Runs a job with a callback.
        private func run(_ service: TestService, _ url: String) async throws -> JobDocument {
            let answer = try await service.client.post(
                JobSubmission(program: "bank", entry: "twin", args: [1], callbackUrl: url))
            try #require(answer.status == 200, "\(answer.text)")
            return try answer.decoded()
        }

        private func progress(_ job: String, _ service: TestService) async throws -> Progress.Callback? {
            try await service.client.get("/v1/jobs/\(job)", as: Progress.self).callback
        }

        private func awaitAttempts(_ count: Int, of job: String, _ service: TestService) async throws {
            let isThere = try await eventually {
                try await self.progress(job, service)?.attempts ?? 0 >= count
            }
            try #require(isThere)
        }

        /// Whatever the pause after a failure, it is over now.
        private func endPauses(_ service: TestService, attempts: Int? = nil) throws {
            let now = service.storage.kind == .postgresql ? "now()" : "0"
            let attempts = attempts.map { ", attempts = \($0)" } ?? ""
            try service.storage.sql("UPDATE callbacks SET due_at = \(now)\(attempts) WHERE state = 'waiting'")
        }

        @Test("the receiver gets the job's document, signed, and the job says so", arguments: StorageKind.allCases)
        func delivered(kind: StorageKind) async throws {
            try await withCallbacks(on: kind) { service, receiver in
                let job = try await run(service, receiver.url)
                try await awaitAttempts(1, of: job.id, service)
                let callback = try #require(receiver.received.first)
                try callback.expectSignature()
                #expect(callback.type == "application/json" && callback.path == "/hook")
                #expect(try callback.job == job.withoutPageData)
                #expect(
                    try await progress(job.id, service)
                        == Progress.Callback(url: receiver.url, state: "delivered", attempts: 1, lastStatus: 204))
                let plain = try await service.client.run("bank", "twin", 1)
                #expect(try await progress(plain.id, service) == nil)
                #expect(receiver.received.count == 1)
            }
        }

        @Test("a receiver that fails is asked again until it has it, or the tries are used up")
        func triedAgain() async throws {
            for kind in StorageKind.allCases {
                try await withCallbacks(on: kind) { service, receiver in
                    receiver.answers(500)
                    let job = try await run(service, receiver.url)
                    try await awaitAttempts(1, of: job.id, service)
                    let waiting = try #require(try await progress(job.id, service))
                    #expect(waiting.state == "waiting" && waiting.attempts == 1 && waiting.lastStatus == 500)
                    #expect(waiting.lastError?.contains("500") == true)
                    receiver.answers(200)
                    try endPauses(service)
                    try await awaitAttempts(2, of: job.id, service)
                    #expect(
                        try await progress(job.id, service)
                            == Progress.Callback(url: receiver.url, state: "delivered", attempts: 2, lastStatus: 200))
                    #expect(receiver.received.count == 2)
                    #expect(receiver.received[0].body == receiver.received[1].body)
                    for callback in receiver.received { try callback.expectSignature() }

                    receiver.answers(500)
                    let hopeless = try await run(service, receiver.url)
                    try await awaitAttempts(1, of: hopeless.id, service)
                    try endPauses(service, attempts: 7)
                    try await awaitAttempts(8, of: hopeless.id, service)
                    #expect(try await progress(hopeless.id, service)?.state == "failed")
                    #expect(receiver.received.count == 4)

                    receiver.answers(410)
                    let gone = try await run(service, receiver.url)
                    try await awaitAttempts(1, of: gone.id, service)
                    #expect(try await progress(gone.id, service)?.state == "failed")
                }
            }
        }

        @Test("a redirect is not followed")
        func redirect() async throws {
            try await withCallbacks(on: .sqlite) { service, receiver in
                receiver.answers(307, location: "http://127.0.0.1:\(receiver.port)/elsewhere")
                let job = try await run(service, receiver.url)
                try await awaitAttempts(1, of: job.id, service)
                let progress = try #require(try await progress(job.id, service))
                #expect(progress.state == "waiting" && progress.lastStatus == 307)
                #expect(receiver.received.map(\.path) == ["/hook"])
            }
        }

        @Test("a host that is not allowed is refused with its job; a private address is not called")
        func refused() async throws {
            try await withCallbacks(on: .sqlite, options: ["--callback-hosts", "127.0.0.1,*.example.com"]) {
                service, receiver in
                for url in ["http://localhost:\(receiver.port)/hook", "ftp://127.0.0.1/", "http://example.com/"] {
                    let answer = try await service.client.post(
                        JobSubmission(program: "bank", entry: "twin", args: [1], callbackUrl: url))
                    let problem = try answer.expectProblem(422, "callback_not_allowed")
                    #expect(problem.errors?.map(\.pointer) == ["/callback_url"])
                }
                #expect(try await service.client.program("bank").version == 0)
                let job = try await run(service, receiver.url)
                try await awaitAttempts(1, of: job.id, service)
                let progress = try #require(try await progress(job.id, service))
                #expect(progress.state == "waiting" && progress.lastStatus == nil)
                #expect(progress.lastError?.contains("address") == true)
                #expect(receiver.received.isEmpty)
            }
            try await withCallbacks(on: .sqlite, options: []) { service, receiver in
                let answer = try await service.client.post(
                    JobSubmission(program: "bank", entry: "twin", args: [1], callbackUrl: receiver.url))
                try answer.expectProblem(422, "callback_not_allowed")
            }
        }

        @Test("what a killed server had not delivered the next one delivers", arguments: StorageKind.allCases)
        func killed(kind: StorageKind) async throws {
            try await withCallbacks(on: kind) { service, receiver in
                receiver.answers(500)
                let ended = try await run(service, receiver.url)
                try await awaitAttempts(1, of: ended.id, service)
                let client = try service.makeClient()
                let url = receiver.url
                let posting = Task {
                    try await client.post(
                        JobSubmission(
                            program: "bank", entry: "work", args: [1_000_000_000], gasLimit: 9_007_199_254_740_991,
                            callbackUrl: url))
                }
                let isRunning = try await eventually { try await !service.client.jobs("state=running").isEmpty }
                try #require(isRunning)
                let running = try #require(try await service.client.jobs("state=running").first)
                _ = try await service.kill()
                await #expect(throws: HTTPClientError.self) { try await posting.value }
                receiver.answers(204)
                try endPauses(service)
                try await service.start()
                try await awaitAttempts(2, of: ended.id, service)
                try await awaitAttempts(1, of: running.id, service)
                for job in [ended, running] {
                    #expect(try await progress(job.id, service)?.state == "delivered")
                    let last = try #require(try receiver.received.last { try $0.job.id == job.id })
                    try last.expectSignature()
                    #expect(try await service.client.job(job.id) == last.job)
                }
            }
        }
    }
}
