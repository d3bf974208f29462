import Foundation
import Synchronization
import TestSupport
import Testing

/// Clients that post jobs without a pause, each over a connection of its own, and what they were answered.
final class Load: Sendable {
    /// What one posted job came to.
    struct Answer: Sendable {
        var program: String
        /// nil where there was no complete response.
        var status: Int?
        var job: String?
        var problem: ProblemDocument?
    }

    private let port: UInt16
    private let clients: Int
    private let programs: [String]
    private let isOver = Mutex(false)
    private let answered = Mutex<[Answer]>([])

    /// Uploads the programs.
    init(on service: TestService, clients: Int, programs: Int) async throws {
        port = try service.port
        self.clients = clients
        self.programs = (0..<programs).map { "bank-\($0)" }
        for program in self.programs { try await service.client.upload(program) }
    }

    var answers: [Answer] { answered.withLock { $0 } }
    var successes: Int { answers.count { $0.status == 200 } }

    /// Has the clients post until `body` returns, and returns when each has its last answer.
    func run(_ body: () async throws -> Void) async throws {
        let posting = Task { try await post() }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        isOver.withLock { $0 = true }
        try await posting.value
        try result.get()
    }

    private func post() async throws {
        try await withThrowingTaskGroup { group in
            for client in 0..<clients {
                group.addTask { [self] in
                    let connection = try Client(port: port)
                    var number = client
                    while !isOver.withLock({ $0 }) {
                        let answer = await answer(of: programs[number % programs.count], over: connection)
                        answered.withLock { $0.append(answer) }
                        number += 1
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func answer(of program: String, over connection: Client) async -> Answer {
        var answer = Answer(program: program)
        let job = JobSubmission(program: program, entry: "twin", args: [1], pages: "numbers")
        guard let response = try? await connection.post(job) else {
            // The service is gone: whoever asks again and again would only take its time.
            try? await Task.sleep(for: .milliseconds(20))
            return answer
        }
        answer.status = response.status
        answer.problem = response.status == 200 ? nil : try? response.problem()
        answer.job = (try? response.decoded(as: JobDocument.self).id) ?? answer.problem?.job
        return answer
    }
}

extension Load {
    /// Expects that memory, versions and stored jobs say what the answers said: each answered success is kept, and
    /// nothing else is.
    func expectAgreement(with service: TestService) async throws {
        let kept = try await expectMemoryIsWhatJobsSay(service)
        let successes = Dictionary(grouping: answers.filter { $0.status == 200 }, by: \.program).mapValues(\.count)
        #expect(kept == successes)
        for answer in answers {
            guard let id = answer.job else { continue }
            let job = try await service.client.job(id)
            #expect(job.program == answer.program)
            if answer.status == 200 {
                #expect(job.outcome == "success" && job.committed)
            } else {
                #expect(job.state == "failed" && !job.committed)
                #expect(job.error?.code == answer.problem?.code)
            }
        }
    }

    /// Waits until no job waits or runs any more.
    func drain(_ service: TestService) async throws {
        let isDrained = try await eventually {
            guard try await service.client.jobs("state=queued").isEmpty else { return false }
            return try await service.client.jobs("state=running").isEmpty
        }
        try #require(isDrained)
    }

    /// Expects that the counters of every program, of which a half-written commit would change one, and its version
    /// are the number of its jobs that are stored as successes.
    /// - Returns: this number.
    @discardableResult
    func expectMemoryIsWhatJobsSay(_ service: TestService) async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for program in programs {
            let jobs = try await service.client.jobs("program=\(program)&outcome=success").filter { $0.entry == "twin" }
            let ids = Set(jobs.map(\.id))
            #expect(ids.count == jobs.count)
            for page in CounterProgram.twins {
                let job = try await service.client.run(program, "visit", page, 1, commit: false)
                #expect(job.results == [jobs.count], "page \(page) of \(program)")
            }
            #expect(try await service.client.program(program).version == jobs.count)
            counts[program] = jobs.count
        }
        return counts
    }
}
