import Digests
import HTTPServer
import PageStorage
import Scheduler
import WorkerProtocol

/// Jobs are posted: accepted, and waited for as the client prefers.
extension API {
    @Sendable
    func postJob(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        let posting = try Posting(request, limits: configuration.limits)
        let body = try await request.jsonBody()
        let submission = try JobSubmission(try JSONValue(parsing: body), limits: configuration.limits)
        try submission.check(configuration.callbacks)
        try posting.check(submission)
        let acceptance = acceptance(posting, body: body, request, caller)
        let taken = try await acceptance.take([submission])[0].get()
        request.notes.add("program", submission.program)
        request.notes.add("job", taken.id)
        request.beginsToWait()
        do {
            let answer = try await answer(taken, submission, within: posting.patience)
            return posting.response(answer, isReplayed: taken.isRepeated)
        } catch var error as HTTPError where taken.isRepeated {
            error.headers.append(Posting.replayed, "true")
            throw error
        }
    }

    func acceptance(_ posting: Posting, body: [UInt8], _ request: HTTPRequest, _ caller: Caller) -> JobAcceptance {
        let idempotency = posting.key.map { key in
            IdempotencyKey(
                key: caller.idempotencyKey(key),
                fingerprint: SHA256Digest.of(Array("POST \(posting.path)\n".utf8) + body),
                keptMs: configuration.limits.idempotencyMs)
        }
        let origin = JobOrigin(
            requestId: request.requestID, token: caller.token, traceparent: request.trace.traceparent)
        return JobAcceptance(
            scheduler: scheduler, programs: programs, caller: caller, origin: origin, usage: usage,
            idempotency: idempotency, metrics: metrics)
    }

    /// - Throws: the job's problem as an ``HTTPError`` where the service could not run it.
    func answer(_ taken: TakenJob, _ submission: JobSubmission, within patience: Duration) async throws -> JobAnswer {
        do {
            let found: FoundJob?
            switch taken {
            case .accepted(let job): found = try await jobs.ended(job, within: patience)
            case .repeated(let id): found = try await jobs.ended(id, within: patience)
            }
            guard var found else { throw HTTPError.jobNotFound(taken.id) }
            if submission.pages == .data { found = try await storage.withPageData(found) }
            var answer = try JobAnswer(found, id: taken.id, pages: submission.pages)
            answer.document = try await storage.addingCallback(
                to: answer.document, of: taken.id, mayHaveOne: submission.callbackURL != nil)
            return answer
        } catch var error as HTTPError {
            // Whatever went wrong: the job is taken on, and can be asked for.
            error.job = taken.id
            throw error
        }
    }
}

/// How a request wants jobs to be posted, whatever is in them.
struct Posting {
    static let replayed = "Idempotency-Replayed"

    let path: String
    /// The idempotency key.
    let key: String?
    /// What a proxy may have chosen this server by: the program of all jobs, if the query names it.
    private let program: String?
    private let preferences: Preferences
    private let longestWait: Duration

    init(_ request: HTTPRequest, limits: APIConfiguration.Limits) throws(HTTPError) {
        path = request.path
        program = try Query(request, known: ["program"]).program()
        key = try IdempotencyHeader.key(of: request)
        preferences = Preferences(request.headers)
        longestWait = .seconds(limits.longestWaitSeconds)
    }

    /// How long to wait for the jobs' ends.
    var patience: Duration { preferences.patience(atMost: longestWait) }

    /// - Throws: 422 where the query names another program than the job.
    func check(_ submission: JobSubmission) throws(HTTPError) {
        guard let program, program != submission.program else { return }
        throw .invalidRequest("?program", "Expected the program of the job, which is \(submission.program).")
    }

    /// The answer for one job.
    func response(_ answer: JobAnswer, isReplayed: Bool) -> HTTPResponse {
        var response = response(answer.document, status: answer.status, isReplayed: isReplayed)
        if answer.status == 202 { response.headers["Location"] = "/v1/jobs/\(answer.id)" }
        return response
    }

    func response(_ document: [UInt8], status: Int, isReplayed: Bool) -> HTTPResponse {
        var response = HTTPResponse.json(bytes: document, status: status)
        response.headers["Vary"] = "Prefer"
        response.headers["Preference-Applied"] = preferences.applied(endsEarly: status == 202, atMost: longestWait)
        if isReplayed { response.headers[Self.replayed] = "true" }
        return response
    }
}
