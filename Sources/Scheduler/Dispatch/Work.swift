import PageStorage
import WorkerProtocol

/// A job or an upload that waits for a worker.
struct Work: Sendable {
    enum Content: Sendable {
        case job(HeldJob)
        case upload(code: [UInt8], isText: Bool, UploadAnswer)
    }

    typealias UploadAnswer = CheckedContinuation<Result<ModuleInspection, SchedulerError>, Never>

    /// The order in which this server took it in.
    let number: UInt64
    var content: Content
    let acceptedAt: ContinuousClock.Instant
    /// An upload's worker had it already, and ended before it began.
    var isSecondTry = false

    /// Nil for an upload.
    var job: HeldJob? { if case .job(let job) = content { job } else { nil } }

    var lane: Lane {
        switch content {
        case .job(let job): .program(job.key)
        case .upload: .uploads
        }
    }
}
