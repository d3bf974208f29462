import PageStorage
import WorkerProtocol

/// Jobs that end by someone's word, whoever holds them.
extension Scheduler {
    private static let jobsPerStep = 100

    public func cancel(id: String) async throws(StorageError) -> Cancellation {
        let error = JobError(code: "cancelled", message: "the job was cancelled before it came to its end")
        let queued = try await storage.withStorage { storage throws(StorageError) in try storage.queuedJob(id: id) }
        if let queued, let job = try await end(queued, .cancelled, error) { return .cancelled(job) }
        return try await storage.withStorage { storage throws(StorageError) in
            try storage.job(id: id).map(Cancellation.ended) ?? .unknown
        }
    }

    public func endJobs(ofDeleted program: String, key: ProgramKey) {
        Task {
            do throws(StorageError) {
                try await endJobs(of: program, key: key)
            } catch {
                // Each of them fails when its turn comes.
                logger.warning(
                    "jobs of a deleted program wait on", metadata: ["program": "\(program)", "error": "\(error)"])
            }
        }
    }

    /// The newest first, so that no other one begins when the one that runs is stopped.
    func endJobs(of program: String, key: ProgramKey) async throws(StorageError) {
        var last: String?
        repeat {
            let jobs = try await storage.withStorage { [last] storage throws(StorageError) in
                try storage.queuedJobs(JobFilter(program: program), before: last, limit: Self.jobsPerStep)
            }
            // The id may be another program's by now.
            for queued in jobs where queued.key == key {
                if let job = try await end(queued, .failed, .programDeleted) { ledger.observe(JobSummary(job)) }
            }
            last = jobs.count == Self.jobsPerStep ? jobs.last?.id : nil
        } while last != nil && dispatcher.isAccepting
    }

    /// - Returns: the job as it has ended; nil if it had ended before.
    private func end(_ queued: QueuedJob, _ state: JobState, _ error: JobError) async throws(StorageError) -> Job? {
        var job = try Job(queued)
        job.state = state
        job.finishedAt = clock.now()
        job.error = error
        let record = JobRecord(job)
        let isEnded = try await storage.withStorage { storage throws(StorageError) in try storage.cancelJob(record) }
        guard isEnded else { return nil }
        dispatcher.withdraw(job.id, hasEnded: true)
        watch.ended(JobReport(job))
        return job
    }
}
