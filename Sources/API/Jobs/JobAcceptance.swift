import HTTPServer
import PageStorage
import Scheduler
import WorkerProtocol

/// A job that the service has taken on, now or when the same request came first.
enum TakenJob: Sendable {
    case accepted(AcceptedJob)
    /// The idempotency key was known, and this is the job's id.
    case repeated(job: String)

    var id: String {
        switch self {
        case .accepted(let job): job.job.id
        case .repeated(let id): id
        }
    }

    var isRepeated: Bool { if case .repeated = self { true } else { false } }
}

/// Jobs of one request on their way into the queue: checked against their programs, submitted together, and taken or
/// refused one by one.
struct JobAcceptance: Sendable {
    typealias Taken = Result<TakenJob, HTTPError>

    let scheduler: any JobService
    let programs: ProgramLookup
    let caller: Caller
    let origin: JobOrigin
    /// Nil where nothing is counted.
    let usage: UsageKeeper?
    /// Of the request; nil if it has none.
    let idempotency: IdempotencyKey?
    let metrics: Metrics

    /// - Parameter places: of the jobs in their request.
    /// - Throws: what holds for all jobs: the scheduler takes none, or the storage does not answer.
    func take(_ submissions: [JobSubmission], places: [Int] = [0]) async throws(HTTPError) -> [Taken] {
        var checks: [Result<CheckedProgram, HTTPError>] = []
        for submission in submissions { checks.append(try await check(submission, isKnownStale: false)) }
        var taken = try await submit(submissions, checks, places)
        // What the programs were checked against may have been out of date: once more, with what the storage says.
        let stale = taken.indices.filter { index in
            if case .success = checks[index], taken[index] == nil { true } else { false }
        }
        for index in stale {
            let check = try await check(submissions[index], isKnownStale: true)
            taken[index] = try await submit([submissions[index]], [check], [places[index]])[0]
        }
        return taken.indices.map { index in
            taken[index] ?? .failure(.programDeleted(submissions[index].program))
        }
    }

    /// - Returns: a failure where the job can never be accepted as it is.
    private func check(
        _ submission: JobSubmission, isKnownStale: Bool
    ) async throws(HTTPError) -> Result<CheckedProgram, HTTPError> {
        // Not looked for: nobody can tell from the time whether it is there.
        guard caller.sees(submission.program) else { return .failure(.programNotFound(submission.program)) }
        do throws(HTTPError) {
            return .success(try await programs.check(submission, isKnownStale: isKnownStale))
        } catch  where error.status < 500 {
            return .failure(error)
        }
    }

    /// - Returns: nil for a job whose program was not the one that it was checked against.
    private func submit(
        _ submissions: [JobSubmission], _ checks: [Result<CheckedProgram, HTTPError>], _ places: [Int]
    ) async throws(HTTPError) -> [Taken?] {
        var taken = [Taken?](repeating: nil, count: submissions.count)
        var submitted: [Int] = []
        var jobs: [Submission] = []
        for (index, check) in checks.enumerated() {
            let key: ProgramKey
            switch check {
            case .success(let checked):
                do { try await usage?.take(caller) } catch {
                    taken[index] = .failure(error)
                    continue
                }
                key = checked.key
            // The request may have been accepted at a time when it was right: with the key of no program the queue
            // says whether it knows it, and cannot accept it.
            case .failure where idempotency != nil && caller.sees(submissions[index].program): key = Self.noProgram
            case .failure(let error):
                taken[index] = .failure(error)
                continue
            }
            submitted.append(index)
            jobs.append(
                Submission(
                    request: submissions[index].request(key: key, origin: origin),
                    idempotency: idempotency?.ofJob(at: places[index]),
                    callbackURL: submissions[index].callbackURL))
        }
        guard !jobs.isEmpty else { return taken }
        let outcomes: [SubmissionOutcome]
        do { outcomes = try await scheduler.submit(jobs) } catch {
            for index in submitted { giveBack(checks[index]) }
            throw HTTPError(error)
        }
        for (index, outcome) in zip(submitted, outcomes) {
            if case .accepted = outcome { count(checks[index]) } else { giveBack(checks[index]) }
            switch outcome {
            case .accepted(let job): taken[index] = .success(.accepted(job))
            case .repeated(let job): taken[index] = .success(.repeated(job: job))
            case .refused(.programGone):
                if case .failure(let error) = checks[index] { taken[index] = .failure(error) }
            case .refused(.keyReused): taken[index] = .failure(.idempotencyKeyReused)
            case .refused(.serviceBusy(let seconds)):
                taken[index] = .failure(HTTPError(.tooManyJobs(retryAfter: seconds)))
            case .refused(.programBusy(let seconds)):
                taken[index] = .failure(.programBusy(submissions[index].program, retryAfter: seconds))
            }
        }
        return taken
    }

    private func count(_ check: Result<CheckedProgram, HTTPError>) {
        if case .success(let checked) = check { metrics.observe(accepted: ProgramClass(checked.interface)) }
    }

    /// The job was not accepted; it was counted if its check was good.
    private func giveBack(_ check: Result<CheckedProgram, HTTPError>) {
        if case .success = check { usage?.giveBack(caller) }
    }

    private static let noProgram = ProgramKey(bytes: [UInt8](repeating: 0, count: 16))
}

extension JobSubmission {
    /// Without id and time, which the scheduler gives it.
    /// - Parameter key: of the program that it was checked against.
    fileprivate func request(key: ProgramKey, origin: JobOrigin) -> JobRequest {
        JobRequest(
            id: "", program: program, programKey: .init(key.bytes), entry: entry, args: args, gasLimit: gasLimit,
            commit: commit, payload: payload, context: context, pages: pages, timeoutMs: timeoutMs,
            createdAt: Timestamp(milliseconds: 0), origin: origin)
    }
}
