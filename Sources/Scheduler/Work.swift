import WorkerProtocol

/// A job or an upload that was accepted, and who waits for it.
struct Work: Sendable {
    enum Content: Sendable {
        case job(JobRequest, JobAnswer)
        case upload(code: [UInt8], isText: Bool, UploadAnswer)
    }

    typealias JobAnswer = CheckedContinuation<Result<Job, SchedulerError>, Never>
    typealias UploadAnswer = CheckedContinuation<Result<ModuleInspection, SchedulerError>, Never>

    /// The order of acceptance.
    let number: UInt64
    let content: Content
    let acceptedAt: ContinuousClock.Instant
    /// A worker had it already, and ended before it began.
    var isSecondTry = false

    var lane: Lane {
        switch content {
        case .job(let request, _): .program(request.program)
        case .upload: .uploads
        }
    }

    func refuse(_ error: SchedulerError) {
        switch content {
        case .job(_, let answer): answer.resume(returning: .failure(error))
        case .upload(_, _, let answer): answer.resume(returning: .failure(error))
        }
    }
}
