import Foundation
import TestSupport
import Testing

/// A connection of libcurl to a service; its calls block a thread of its own and no other.
final class Client: Sendable {
    private let queue = DispatchQueue(label: "client")
    // Used on the queue only.
    nonisolated(unsafe) private let client: HTTPClient

    init(port: UInt16) throws {
        client = try HTTPClient(port: port)
    }

    /// - Throws: `HTTPClientError` where there is no complete response.
    func request(
        _ method: String, _ path: String, type: String? = nil, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) async throws -> HTTPClient.Response {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                let headers = headers + (type.map { [(name: "Content-Type", value: $0)] } ?? [])
                continuation.resume(
                    with: Result { try client.request(method, path, headers: headers, body: body) })
            }
        }
    }

    func get(_ path: String) async throws -> HTTPClient.Response { try await request("GET", path) }

    /// What `GET` answers with 200.
    func get<Document: Decodable>(
        _ path: String, as type: Document.Type = Document.self, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Document {
        let response = try await get(path)
        try #require(response.status == 200, "\(path): \(response.text)", sourceLocation: sourceLocation)
        return try response.decoded()
    }
}

// MARK: - Programs

extension Client {
    /// Uploads a module in text form and returns its program's id.
    @discardableResult
    func upload(
        _ id: String, _ module: String = CounterProgram.text(), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let response = try await request(
            "POST", "/v1/programs?id=\(id)", type: "text/plain", body: Array(module.utf8))
        try #require(response.status == 201, "\(response.text)", sourceLocation: sourceLocation)
        return id
    }

    func program(_ id: String) async throws -> ProgramDocument { try await get("/v1/programs/\(id)") }

    /// The bytes of a stored page.
    func page(_ page: Int, of program: String) async throws -> [UInt8] {
        let response = try await get("/v1/programs/\(program)/pages/\(page)")
        try #require(response.status == 200, "\(response.text)")
        return response.body
    }
}

// MARK: - Jobs

extension Client {
    /// Posts a job, whatever comes of it.
    func post(_ job: JobSubmission) async throws -> HTTPClient.Response {
        try await request("POST", "/v1/jobs", type: "application/json", body: try job.json)
    }

    /// Posts a job that the service can run.
    func run(
        _ program: String, _ entry: String, _ args: Int..., gas: Int = 1_000_000_000, commit: Bool? = nil,
        pages: String? = nil, timeoutMs: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JobDocument {
        let job = JobSubmission(
            program: program, entry: entry, args: args, gasLimit: gas, commit: commit, pages: pages,
            timeoutMs: timeoutMs)
        let response = try await post(job)
        try #require(response.status == 200, "\(response.text)", sourceLocation: sourceLocation)
        return try response.decoded()
    }

    func job(_ id: String) async throws -> JobDocument { try await get("/v1/jobs/\(id)") }

    /// All jobs of a list, newest first, however many requests it takes.
    func jobs(_ query: String, limit: Int = 1000) async throws -> [JobDocument] {
        var jobs: [JobDocument] = []
        var cursor = ""
        while true {
            let list: JobListDocument = try await get("/v1/jobs?\(query)&limit=\(limit)\(cursor)")
            jobs += list.jobs
            guard let next = list.nextCursor else { return jobs }
            cursor = "&cursor=\(next)"
        }
    }
}

// MARK: - Answers

extension HTTPClient.Response {
    /// Its problem document, if it is one.
    func problem(sourceLocation: SourceLocation = #_sourceLocation) throws -> ProblemDocument {
        let type = header("Content-Type") ?? ""
        try #require(type.hasPrefix("application/problem+json"), "\(status) \(text)", sourceLocation: sourceLocation)
        return try decoded()
    }

    /// Expects a problem document with this status and code.
    @discardableResult
    func expectProblem(
        _ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ProblemDocument {
        let problem = try problem(sourceLocation: sourceLocation)
        #expect(self.status == status, "\(text)", sourceLocation: sourceLocation)
        #expect(problem.status == status, sourceLocation: sourceLocation)
        #expect(problem.code == code, "\(text)", sourceLocation: sourceLocation)
        return problem
    }
}
