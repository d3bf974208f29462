import Foundation
import HTTPServer
import PageStorage
import Scheduler
import WorkerProtocol

/// Jobs: list them, look at one, cancel one.
extension API {
    var jobEndpoints: [Endpoint] {
        [
            Endpoint("POST", "/v1/jobs", .run, bodyLimit: configuration.limits.submissionBytes, handler: postJob),
            Endpoint("POST", "/v1/jobs/batch", .run, bodyLimit: configuration.limits.batchBytes, handler: postJobs),
            Endpoint("GET", "/v1/jobs", .read, handler: listJobs),
            Endpoint("GET", "/v1/jobs/{id}", .read, handler: showJob),
            Endpoint("DELETE", "/v1/jobs/{id}", .run, handler: cancelJob),
        ]
    }

    @Sendable
    private func showJob(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try Query(request, known: ["wait"])
        let longest = configuration.limits.longestPollSeconds
        let wait = try query.value("wait", expected: "how many seconds to wait, from 0 to \(longest)") { text in
            Int(digits: text).flatMap { $0 <= longest ? $0 : nil }
        }
        let id = try Self.jobID(request)
        if wait ?? 0 > 0 { request.beginsToWait() }
        guard let job = try await jobs.ended(id, within: .seconds(wait ?? 0)) else { throw HTTPError.jobNotFound(id) }
        return try await answer(job.document, id)
    }

    @Sendable
    private func cancelJob(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try Query(request)
        let id = try Self.jobID(request)
        switch try await jobs.cancel(id) {
        case .cancelled(let job): return try await answer(job.document(), id)
        case .ended(let record): throw HTTPError.jobEnded(record)
        case .unknown: throw HTTPError.jobNotFound(id)
        }
    }

    private func answer(_ document: [UInt8], _ id: String) async throws -> HTTPResponse {
        let mayHaveCallback = !configuration.callbacks.allowedHosts.isEmpty
        return .json(bytes: try await storage.addingCallback(to: document, of: id, mayHaveOne: mayHaveCallback))
    }

    /// - Throws: 404 for what cannot be a job's id.
    static func jobID(_ request: HTTPRequest) throws(HTTPError) -> String {
        let id = request.parameters["id"] ?? ""
        guard UUIDv7(id) != nil else { throw .jobNotFound(id) }
        return id
    }

    @Sendable
    private func listJobs(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = try Query(request, known: ["program", "state", "outcome", "since", "limit", "cursor"])
        let limit = try query.limit()
        let last = try query.cursor(of: .jobs) { UUIDv7($0)?.description }
        let filter = try JobFilter(query)
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
}
