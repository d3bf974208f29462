import Logging
import PageStorage
import WorkerProtocol

/// Brings accepted work to its end: the verdict of each job is what the storage holds, the counts are kept, and who
/// waits is answered, once.
struct Ledger: Sendable {
    let dispatcher: Dispatcher
    let recorder: any JobRecorder
    let logger: Logger
    let observe: @Sendable (Job) -> Void

    /// A worker has stored the job.
    func finish(_ work: Work, job: Job, duration: Duration) {
        close(work, job: job, duration: duration, isRecorded: true)
    }

    /// No worker has stored the job, or none lived to say so: this is recorded, unless the worker did it before.
    func settle(_ work: Work, job: Job, duration: Duration? = nil) {
        guard case .job(let request, _) = work.content else { return }
        // Not on the thread of a slot: its worker is replaced meanwhile.
        Task {
            let (job, isRecorded) = await recorded(job, of: request)
            close(work, job: job, duration: duration, isRecorded: isRecorded)
        }
    }

    func finish(_ work: Work, inspection: Result<ModuleInspection, SchedulerError>, duration: Duration?) {
        guard case .upload(_, _, let answer) = work.content else { return }
        _ = dispatcher.finished(work, duration: duration)
        answer.resume(returning: inspection)
    }

    /// The service's end came before the work's.
    func giveUp(_ work: Work, startedAt: Timestamp? = nil) {
        switch work.content {
        case .job(let request, _):
            let message = "the service was stopped before the job came to its end"
            settle(
                work,
                job: .failed(request, code: "shutting_down", message: message, startedAt: startedAt))
        case .upload:
            finish(work, inspection: .failure(.shuttingDown), duration: nil)
        }
    }

    private func close(_ work: Work, job: Job, duration: Duration?, isRecorded: Bool) {
        guard case .job(_, let answer) = work.content else { return }
        // First, so that the ends of one program's jobs are observed in their order.
        observe(job)
        let mustRetry = dispatcher.finished(work, duration: duration, keeping: isRecorded ? nil : job)
        if mustRetry { Task { await recordLeftovers() } }
        answer.resume(returning: .success(job))
    }

    /// The job as the storage holds it now. If that cannot be found out, the job has failed for that reason.
    private func recorded(_ job: Job, of request: JobRequest) async -> (Job, isRecorded: Bool) {
        do {
            if try await recorder.record(JobRecord(job)) { return (job, true) }
            // The worker's own record came first, perhaps with a commit, just before the worker died.
            guard let record = try await recorder.job(id: job.id) else {
                throw StorageError.failed("a record that was there is gone")
            }
            return (try Job(document: record.document), true)
        } catch {
            logger.error("job not recorded", metadata: ["job": "\(job.id)", "error": "\(error)"])
            // What the worker knows of the storage says more: whether anything can have been stored.
            if job.error?.code == "storage_unavailable" { return (job, false) }
            let message =
                "the storage could not be reached to record the job's end; the job, read by its id, shows it when the storage answers again"
            var failed = Job.failed(
                request, code: "storage_unavailable", message: message, startedAt: job.startedAt)
            failed.timingsUs.queued = job.timingsUs.queued
            return (failed, false)
        }
    }

    /// Tries to record the jobs that the storage did not take, until it takes them.
    private func recordLeftovers() async {
        let shortest = Duration.milliseconds(50)
        var pause = shortest
        while let job = dispatcher.nextUnrecorded() {
            do {
                _ = try await recorder.record(JobRecord(job))
                dispatcher.recordedUnrecorded()
                pause = shortest
            } catch {
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(5))
            }
        }
    }
}
