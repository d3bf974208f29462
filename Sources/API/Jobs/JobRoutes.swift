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
        let program = try await program(submission.program)
        try submission.check(against: program.interface)
        let job = try await submit(submission, program.key)
        let patience = Duration.milliseconds(Int64(clamping: submission.timeoutMs)) + .seconds(60)
        switch try await jobs({ () throws(StorageError) in try await job.end(within: patience) }) {
        case .finished(let report)?:
            guard report.summary.state == .finished else { throw HTTPError(failed: try report.job()) }
            return .json(bytes: report.answer(withPageData: submission.pages == .data))
        case .ended(let record)?:
            guard record.state == JobState.finished.rawValue else {
                throw HTTPError(failed: try Job(document: record.document))
            }
            return .json(bytes: record.document)
        case .active(let job)?:
            var response = HTTPResponse.json(bytes: job.document(), status: 202)
            response.headers["Location"] = "/v1/jobs/\(job.id)"
            return response
        case nil: throw HTTPError.jobNotFound(job.job.id)
        }
    }

    private func jobs<Value>(_ body: () async throws(StorageError) -> Value) async throws(HTTPError) -> Value {
        do { return try await body() } catch { throw HTTPError(error) }
    }

    /// - Throws: 404 `program_not_found`.
    private func program(_ program: String) async throws -> (key: ProgramKey, interface: ProgramInterface) {
        let found = try await storage { (storage) throws(StorageError) in try storage.programInterface(id: program) }
        guard let found else { throw HTTPError.programNotFound(program) }
        return (found.key, try ProgramInterface(text: found.interface))
    }

    private func submit(_ submission: JobSubmission, _ key: ProgramKey) async throws(HTTPError) -> AcceptedJob {
        let request = JobRequest(
            id: UUIDv7.next().description, program: submission.program, programKey: Data(key.bytes),
            entry: submission.entry, args: submission.args, gasLimit: submission.gasLimit, commit: submission.commit,
            payload: submission.payload, context: submission.context, pages: submission.pages,
            timeoutMs: submission.timeoutMs, createdAt: .now())
        let outcome: SubmissionOutcome?
        do {
            outcome = try await scheduler.submit([Submission(request: request)]).first
        } catch {
            throw HTTPError(error)
        }
        switch outcome {
        case .accepted(let job)?: return job
        case .refused(.programGone)?: throw .programNotFound(submission.program)
        case .refused(.programBusy(let seconds))?, .refused(.serviceBusy(let seconds))?:
            throw HTTPError(.tooManyJobs(retryAfter: seconds))
        case .refused(.keyReused)?, .repeated?, nil: throw .internalError
        }
    }

    @Sendable
    private func showJob(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try Query(request)
        let id = request.parameters["id"] ?? ""
        guard UUIDv7(id) != nil else { throw HTTPError.jobNotFound(id) }
        switch try await jobs({ () throws(StorageError) in try await scheduler.job(id: id) }) {
        case .active(let job)?: return .json(bytes: job.document())
        case .finished(let report)?: return .json(bytes: report.document.bytes)
        case .ended(let record)?: return .json(bytes: record.document)
        case nil: throw HTTPError.jobNotFound(id)
        }
    }

    @Sendable
    private func listJobs(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try Query(request, known: ["program", "state", "outcome", "since", "limit", "cursor"])
        let limit = try query.limit()
        let last = try query.cursor(of: .jobs) { UUIDv7($0)?.description }
        let filter = try JobFilter(query)
        // Active ones first: a job that ends in between is then found twice, and never missed.
        let active = try await jobs { () throws(StorageError) in
            try await scheduler.activeJobs(filter, before: last, limit: limit + 1)
        }
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
