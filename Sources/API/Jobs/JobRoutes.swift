import Foundation
import HTTPServer
import PageStorage
import Scheduler
import WorkerProtocol

/// Jobs: list them, look at one, cancel one.
extension API {
    var jobEndpoints: [Endpoint] {
        [
            Endpoint(
                "POST", "/v1/jobs", .run, bodyLimit: configuration.limits.submissionBytes, isBrief: true,
                handler: postJob),
            Endpoint("POST", "/v1/jobs/batch", .run, bodyLimit: configuration.limits.batchBytes, handler: postJobs),
            Endpoint("GET", "/v1/jobs", .read, handler: listJobs),
            Endpoint("GET", "/v1/jobs/{id}", .read, isBrief: true, handler: showJob),
            Endpoint("DELETE", "/v1/jobs/{id}", .run, handler: cancelJob),
        ]
    }

    @Sendable
    private func showJob(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        let query = try Query(request, known: ["wait"])
        let longest = configuration.limits.longestPollSeconds
        let wait = try query.value("wait", expected: "how many seconds to wait, from 0 to \(longest)") { text in
            Int(digits: text).flatMap { $0 <= longest ? $0 : nil }
        }
        let (id, found) = try await job(of: request, for: caller)
        guard let wait, wait > 0, found.activeState != nil else { return try await answer(found.document, id) }
        request.beginsToWait()
        guard let job = try await jobs.ended(id, within: .seconds(wait)) else { throw HTTPError.jobNotFound(id) }
        return try await answer(job.document, id)
    }

    @Sendable
    private func cancelJob(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        _ = try Query(request)
        let (id, _) = try await job(of: request, for: caller)
        switch try await jobs.cancel(id) {
        case .cancelled(let job):
            metrics.observe(job: JobSummary(job))
            logger.info(job: JobSummary(job))
            return try await answer(job.document(), id)
        case .ended(let record): throw HTTPError.jobEnded(record)
        case .unknown: throw HTTPError.jobNotFound(id)
        }
    }

    private func answer(_ document: [UInt8], _ id: String) async throws -> HTTPResponse {
        let mayHaveCallback = !configuration.callbacks.allowedHosts.isEmpty
        return .json(bytes: try await storage.addingCallback(to: document, of: id, mayHaveOne: mayHaveCallback))
    }

    /// The job that the request's path names, as it is.
    /// - Throws: 404 `job_not_found`, also for the job of a program that is not there for the caller.
    func job(of request: HTTPRequest, for caller: Caller) async throws(HTTPError) -> (id: String, job: FoundJob) {
        let id = request.parameters["id"] ?? ""
        guard UUIDv7(id) != nil, let found = try await jobs.ended(id, within: .zero), caller.sees(found.program) else {
            throw .jobNotFound(id)
        }
        request.notes.add("job", id)
        request.notes.add("program", found.program)
        return (id, found)
    }

    @Sendable
    private func listJobs(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        let query = try Query(request, known: ["program", "state", "outcome", "since", "limit", "cursor"])
        let limit = try query.limit()
        let last = try query.cursor(of: .jobs) { UUIDv7($0)?.description }
        let filter = try JobFilter(query, for: caller)
        // Active ones first: a job that ends in between is then found twice, and never missed.
        let active = try await jobs.active(filter, before: last, limit: limit + 1)
        let stored = try await storage { (storage) throws(StorageError) in
            try storage.jobs(filter, before: last, limit: limit + 1)
        }
        let found = try JobListing.merge(active: active, stored: stored)
        let page = ListPage(found, limit: limit, cursor: .jobs, position: \.id)
        return .json(bytes: try JobListing.answer(page))
    }
}

extension JobFilter {
    /// Admits only jobs of programs that are there for the caller.
    init(_ query: Query, for caller: Caller) throws(HTTPError) {
        let program = try query.program()
        let state: JobState? = try query.choice("state")
        let outcome: JobOutcome? = try query.choice("outcome")
        let since = try query.value("since", expected: "a time as RFC 3339 writes it", parse: Timestamp.init(rfc3339:))
        self.init(
            program: program, state: state?.rawValue, outcome: outcome?.rawValue, since: since?.milliseconds)
        programs = caller.programs
    }
}
