import HTTPServer
import Scheduler
import WorkerProtocol

extension HTTPError {
    /// Why a job was not run to its end; the job itself can be read by its id.
    init(failed job: Job) {
        let message = job.error?.message ?? ""
        switch job.error?.code {
        case "storage_unavailable": self = .later("storage_unavailable", message, retryAfter: 5)
        case "shutting_down": self.init(SchedulerError.shuttingDown)
        case "commit_conflict": self.init(status: 409, code: "commit_conflict", detail: message)
        case "program_deleted":
            self.init(
                status: 409, code: "program_deleted", detail: "The program was deleted before the job was done.")
        case let code? where ["worker_crashed", "page_size_mismatch", "page_vanished"].contains(code):
            self.init(status: 500, code: code, detail: message)
        default: self = .internalError
        }
        self.job = job.id
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
        case .timedOut(let milliseconds):
            self = .unprocessable(
                "module_too_large", "Looking at the module took longer than \(milliseconds) ms; make it smaller.")
        }
    }
}
