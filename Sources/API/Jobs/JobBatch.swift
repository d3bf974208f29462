import HTTPServer
import Scheduler
import WorkerProtocol

/// `POST /v1/jobs/batch`: many jobs in one request, accepted or refused one by one, and waited for together.
extension API {
    @Sendable
    func postJobs(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        let posting = try Posting(request, limits: configuration.limits)
        let body = try await request.jsonBody()
        let items = try batch(try JSONValue(parsing: body, mostValues: 100 * configuration.limits.batchJobs), posting)
        let acceptance = acceptance(posting, body: body, request, caller)
        let taken = try await take(items, acceptance)
        request.notes.add("jobs", String(taken.count))
        request.beginsToWait()
        let deadline = ContinuousClock.now + posting.patience
        let answers = await withTaskGroup(of: (Int, BatchAnswer).self) { group in
            for (index, taken) in taken.enumerated() {
                group.addTask { (index, await self.answer(taken, until: deadline)) }
            }
            return await group.reduce(into: [BatchAnswer?](repeating: nil, count: taken.count)) { $0[$1.0] = $1.1 }
        }.compactMap { $0 }
        let isReplayed = taken.contains { if case .success(let job) = $0 { job.taken.isRepeated } else { false } }
        return posting.response(
            BatchAnswer.document(answers, requestID: request.requestID),
            status: answers.contains { $0.status == 202 } ? 202 : 200, isReplayed: isReplayed)
    }

    /// The batch's jobs, each right or wrong for itself.
    /// - Throws: what is wrong with the batch as a whole.
    private func batch(
        _ body: JSONValue, _ posting: Posting
    ) throws(HTTPError) -> [Result<JobSubmission, HTTPError>] {
        var reader = try ObjectReader(body)
        reader.require("jobs")
        let jobs = reader.array("jobs")
        let most = configuration.limits.batchJobs
        if let jobs, !(1...most).contains(jobs.count) {
            reader.fault("jobs", "Expected 1 to \(most) jobs, found \(jobs.count).")
        }
        try reader.finish()
        return (jobs ?? []).enumerated().map { index, job in
            Result { () throws(HTTPError) in
                let submission = try JobSubmission(
                    job, at: "/jobs/\(index)", limits: configuration.limits, allowsPageData: false)
                try submission.check(configuration.callbacks)
                try posting.check(submission)
                return submission
            }
        }
    }

    private typealias Item = Result<(submission: JobSubmission, taken: TakenJob), HTTPError>

    private func take(
        _ items: [Result<JobSubmission, HTTPError>], _ acceptance: JobAcceptance
    ) async throws(HTTPError) -> [Item] {
        var answers: [Item] = items.map { item in item.flatMap { _ in .failure(.internalError) } }
        // With an idempotency key the first job goes ahead: if the key came with another request, nothing is accepted.
        let first = acceptance.idempotency == nil ? items.indices.lowerBound : items.indices.lowerBound + 1
        for range in [items.indices.lowerBound..<first, first..<items.endIndex] {
            let places = range.filter { if case .success = items[$0] { true } else { false } }
            let submissions = places.compactMap { try? items[$0].get() }
            let taken = try await acceptance.take(submissions, places: places)
            for (place, (submission, taken)) in zip(places, zip(submissions, taken)) {
                if range.upperBound == 1, first == 1, case .failure(let error) = taken,
                    error.code == HTTPError.idempotencyKeyReused.code
                {
                    throw error
                }
                answers[place] = taken.map { (submission, $0) }
            }
        }
        return answers
    }

    private func answer(_ item: Item, until deadline: ContinuousClock.Instant) async -> BatchAnswer {
        do {
            let (submission, taken) = try item.get()
            return .job(try await answer(taken, submission, within: max(deadline - .now, .zero)))
        } catch let error as HTTPError {
            return .problem(error)
        } catch {
            logger.error("a job of a batch is not answered", metadata: ["error": "\(error)"])
            return .problem(.internalError)
        }
    }
}

/// What a batch answers for one of its jobs: what the job would have been answered on its own.
private enum BatchAnswer: Sendable {
    case job(JobAnswer)
    case problem(HTTPError)

    var status: Int {
        switch self {
        case .job(let answer): answer.status
        case .problem(let error): error.status
        }
    }

    /// In the order of the batch's jobs. Jobs and problems are put together as they are: they are JSON already.
    static func document(_ answers: [BatchAnswer], requestID: String) -> [UInt8] {
        var bytes = Array(#"{"jobs":["#.utf8)
        for (index, answer) in answers.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch answer {
            case .job(let job):
                bytes += Array(#"{"job":"#.utf8) + job.document
            case .problem(let error):
                bytes += Array(#"{"problem":"#.utf8) + error.document(requestID: requestID)
            }
            bytes += Array(#","status":\#(answer.status)}"#.utf8)
        }
        return bytes + Array("]}".utf8)
    }
}
