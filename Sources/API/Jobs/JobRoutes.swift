import Foundation
import HTTPServer
import PageStorage
import Scheduler
import WorkerProtocol

/// Jobs: run one, list, look at one.
extension API {
    var jobRoutes: [Route] {
        // Text may be escaped, up to six bytes for one; the rest of a job is small.
        let submissionLimit = configuration.limits.payloadBytes * 6 + (64 << 10)
        return [
            Route("POST", "/v1/jobs", bodyLimit: submissionLimit, handler: runJob),
            Route("GET", "/v1/jobs", handler: listJobs),
            Route("GET", "/v1/jobs/{id}", handler: showJob),
        ]
    }

    @Sendable
    private func runJob(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try Query(request)
        let submission = try JobSubmission(try await request.json(), limits: configuration.limits)
        try submission.check(against: try await interface(of: submission.program))
        let job = try await run(submission)
        guard job.state == .finished else { throw HTTPError(failed: job) }
        return try .json(submission.pages == .data ? job : job.withoutPageData)
    }

    /// - Throws: 404 `program_not_found`.
    private func interface(of program: String) async throws -> ProgramInterface {
        let found = try await storage { (storage) throws(StorageError) in try storage.programInterface(id: program) }
        guard let found else { throw HTTPError.programNotFound(program) }
        return try ProgramInterface(text: found.interface)
    }

    private func run(_ submission: JobSubmission) async throws(HTTPError) -> Job {
        do {
            return try await scheduler.run(
                JobRequest(
                    id: UUIDv7.next().description, program: submission.program, entry: submission.entry,
                    args: submission.args, gasLimit: submission.gasLimit, commit: submission.commit,
                    payload: submission.payload, context: submission.context, pages: submission.pages,
                    timeoutMs: submission.timeoutMs,
                    createdAt: Timestamp.now()))
        } catch {
            throw HTTPError(error)
        }
    }

    @Sendable
    private func showJob(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try Query(request)
        let id = request.parameters["id"] ?? ""
        guard UUIDv7(id) != nil else { throw HTTPError.jobNotFound(id) }
        if let job = scheduler.activeJobs().first(where: { $0.id == id }) { return .json(bytes: try job.document()) }
        guard let record = try await storage({ (storage) throws(StorageError) in try storage.job(id: id) }) else {
            throw HTTPError.jobNotFound(id)
        }
        return .json(bytes: record.document)
    }

    @Sendable
    private func listJobs(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try Query(request, known: ["program", "state", "outcome", "since", "limit", "cursor"])
        let limit = try query.limit()
        let last = try query.cursor(of: .jobs) { UUIDv7($0)?.description }
        let filter = try JobFilter(query)
        // Active ones first: a job that ends in between is then found twice, and never missed.
        let active = scheduler.activeJobs()
        let stored = try await storage { (storage) throws(StorageError) in
            try storage.jobs(filter, before: last, limit: limit + 1)
        }
        let found = try JobListing.merge(active: active, stored: stored, filter: filter, before: last)
        let page = ListPage(found, limit: limit, cursor: .jobs, position: \.id)
        return .json(bytes: try JobListing.answer(page))
    }
}

extension JobFilter {
    init(_ query: Query) throws(HTTPError) {
        let program = try query.value("program", expected: Identifiers.programForm) {
            Identifiers.isProgram($0) ? $0 : nil
        }
        let state: JobState? = try query.choice("state")
        let outcome: JobOutcome? = try query.choice("outcome")
        let since = try query.value("since", expected: "a time as RFC 3339 writes it", parse: Timestamp.init(rfc3339:))
        self.init(
            program: program, state: state?.rawValue, outcome: outcome?.rawValue, since: since?.milliseconds)
    }

    func admits(_ job: Job) -> Bool {
        (program.map { $0 == job.program } ?? true) && (state.map { $0 == job.state.rawValue } ?? true)
            && (outcome.map { $0 == job.outcome?.rawValue } ?? true)
            && (since.map { $0 <= job.createdAt.milliseconds } ?? true)
    }
}
