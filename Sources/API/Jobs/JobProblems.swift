import HTTPServer
import PageStorage
import Scheduler
import WorkerProtocol

extension HTTPError {
    /// Why a job was not run to its end; the job itself can be read by its id.
    init(failed job: Job) {
        let message = job.error?.message ?? ""
        switch job.error?.code {
        case _ where job.state == .cancelled:
            self.init(status: 409, code: "job_cancelled", detail: "The job was cancelled before it was done.")
        case "storage_unavailable": self = .later("storage_unavailable", message, retryAfter: 5)
        case "shutting_down": self.init(SchedulerError.shuttingDown)
        case "commit_conflict": self.init(status: 409, code: "commit_conflict", detail: message)
        case "program_deleted": self = .programDeleted(job.program)
        case let code? where Self.serviceFaults.contains(code):
            self.init(status: 500, code: code, detail: message)
        default: self = .internalError
        }
        self.job = job.id
    }

    private static let serviceFaults = [
        "worker_crashed", "worker_memory_exceeded", "page_size_mismatch", "page_vanished",
    ]

    static func programDeleted(_ program: String) -> HTTPError {
        HTTPError(
            status: 409, code: "program_deleted",
            detail: "The program \(quoted(program)) was deleted before the job was done.")
    }

    static func programBusy(_ program: String, retryAfter seconds: Int) -> HTTPError {
        later(
            "too_many_jobs", "Too many jobs of the program \(quoted(program)) are waiting; try again later.",
            retryAfter: seconds)
    }

    static let idempotencyKeyReused = HTTPError(
        status: 422, code: "idempotency_key_reused",
        detail: "This Idempotency-Key came with another request before; a new request needs a new one.")

    static func jobEnded(_ record: JobRecord) -> HTTPError {
        HTTPError(
            status: 409, code: "job_ended", detail: "The job has come to its end already: it is \(record.state).",
            job: record.id)
    }

    init(_ error: SchedulerError) {
        switch error {
        case .tooManyJobs(let seconds):
            self = .later("too_many_jobs", "Too many jobs are waiting; try again later.", retryAfter: seconds)
        case .storage(let error): self.init(error)
        case .shuttingDown:
            self = .later("shutting_down", "The service is shutting down; try again later.", retryAfter: 5)
        case .workerCrashed:
            self.init(
                status: 500, code: "worker_crashed", detail: "The worker that looked at the module came to an end.")
        case .memoryExceeded:
            self = .unprocessable(
                "module_too_large", "Looking at the module took more memory than a worker may have; make it smaller.")
        case .timedOut(let milliseconds):
            self = .unprocessable(
                "module_too_large", "Looking at the module took longer than \(milliseconds) ms; make it smaller.")
        }
    }
}
