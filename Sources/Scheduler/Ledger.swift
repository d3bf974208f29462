import Foundation
import Logging
import PageStorage
import Synchronization
import WorkerProtocol

/// Brings work to its end: what the storage holds of a job is its verdict, the counts are kept, and who waits is told.
struct Ledger: Sendable {
    let dispatcher: Dispatcher
    let storage: StoragePool
    let watch: JobWatch
    let life: ServerLife
    let logger: Logger
    let observe: @Sendable (JobSummary) -> Void
    private let counts = Counts()

    init(
        dispatcher: Dispatcher, storage: StoragePool, watch: JobWatch, life: ServerLife, logger: Logger,
        observe: @escaping @Sendable (JobSummary) -> Void
    ) {
        (self.dispatcher, self.storage, self.watch, self.life) = (dispatcher, storage, watch, life)
        (self.logger, self.observe) = (logger, observe)
    }

    private final class Counts: Sendable {
        let lostClaims = Atomic(0)
        let retries = Mutex<[RetryCause: Int]>([:])
    }

    /// Jobs that were not this server's any more when their worker was done or stopped.
    var lostClaims: Int { counts.lostClaims.load(ordering: .relaxed) }

    /// How often jobs were begun again, by cause.
    var retries: [RetryCause: Int] { counts.retries.withLock { $0 } }

    /// The job is about to be run again.
    func note(_ cause: RetryCause) { counts.retries.withLock { $0[cause, default: 0] += 1 } }

    /// A worker has stored the job.
    func finish(_ work: Work, _ report: JobReport, duration: Duration) {
        // First, so that the ends of one program's jobs are observed in their order.
        observe(report.summary)
        watch.ended(report)
        dispatcher.finished(
            work, duration: duration, version: report.summary.programVersion, pace: report.summary.timingsUs.pace)
    }

    func finish(_ work: Work, inspection: Result<ModuleInspection, SchedulerError>, duration: Duration?) {
        guard case .upload(_, _, let answer) = work.content else { return }
        dispatcher.finished(work, duration: duration)
        answer.resume(returning: inspection)
    }

    /// The job is not in the queue any more as this server's, which has nothing to say about it.
    func lose(_ work: Work, _ job: HeldJob) {
        dispatcher.finished(work, duration: nil, hasEnded: false)
        watch.changed(job.id)
        Task {
            if await !observeUntold(job) { counts.lostClaims.add(1, ordering: .relaxed) }
        }
    }

    /// Observes a job that a worker of this server has stored without having told of it, since it died. As long as the life
    /// goes on that has claimed the job, no other server can have ended it, but by someone's word, and then observed it.
    /// - Returns: false if it was not so.
    private func observeUntold(_ job: HeldJob) async -> Bool {
        guard life.current == job.claim else { return false }
        let found = try? await storage.withStorage { storage throws(StorageError) in try storage.job(id: job.id) }
        guard let found, let ended = try? Job(document: found.document), ended.state != .cancelled,
            ended.error != .programDeleted
        else { return false }
        observe(JobSummary(ended))
        return true
    }

    /// The work is the next one of its lane again, if there is time for it.
    /// - Parameter isBlameless: nothing came of it through no fault of its own.
    func putBack(_ work: Work, isBlameless: Bool = false) {
        guard let left = dispatcher.putBack(work, isBlameless: isBlameless) else { return }
        for job in left { watch.changed(job) }
        if case .upload(_, _, let answer) = work.content { answer.resume(returning: .failure(.shuttingDown)) }
    }

    /// Runs the job again after a while: the storage could not be reached, and nothing of it is stored, or will be found
    /// to be.
    func retry(_ work: Work, _ job: HeldJob, after pause: Duration) {
        note(.storage)
        Task {
            try? await Task.sleep(for: pause)
            putBack(work)
        }
    }

    /// A worker has ended while it ran the job. Tries it again, if that did not happen too often.
    func retryAfterCrash(_ work: Work, _ job: HeldJob, _ cause: RetryCause, failed: Job, duration: Duration) {
        // Not on the thread of a slot: its worker is replaced meanwhile.
        Task { await countAttempt(work, job, cause, failed: failed, limit: dispatcher.configuration.attemptLimit - 1) }
    }

    /// The job may be what ended another server: its begin is counted first.
    func countSuspect(_ work: Work, _ job: HeldJob) {
        var failed = Job.failed(
            job.request, code: "worker_crashed",
            message:
                "the job was begun \(dispatcher.configuration.attemptLimit) times, and each time its worker or its whole server came to an end"
        )
        failed.finishedAt = dispatcher.clock.now()
        let verdict = failed
        Task { await countAttempt(work, job, .server, failed: verdict, limit: dispatcher.configuration.attemptLimit) }
    }

    private func countAttempt(_ work: Work, _ job: HeldJob, _ cause: RetryCause, failed: Job, limit: Int) async {
        let attempts: Int?
        do {
            attempts = try await storage.withStorage { storage throws(StorageError) in
                try storage.countAttempt(of: job.id, by: job.claim)
            }
        } catch {
            attempts = job.attempts + 1
        }
        guard let attempts else { return lose(work, job) }
        guard attempts <= limit else { return settle(work, job, as: failed) }
        var work = work
        work.content = .job(HeldJob(job, attempts: attempts))
        note(cause)
        putBack(work)
    }

    /// No worker has stored the job: this is recorded, as long as the job is this server's.
    func settle(_ work: Work, _ job: HeldJob, as verdict: Job, duration: Duration? = nil) {
        Task {
            var pause = Duration.milliseconds(50)
            while true {
                do {
                    return try await record(work, job, verdict, duration)
                } catch {
                    logger.error("job not recorded", metadata: ["job": "\(job.id)", "error": "\(error)"])
                    try? await Task.sleep(for: pause)
                    pause = min(pause * 2, .seconds(5))
                    guard !dispatcher.isKilling, dispatcher.isOurs(work) else { return lose(work, job) }
                }
            }
        }
    }

    private func record(_ work: Work, _ job: HeldJob, _ verdict: Job, _ duration: Duration?) async throws {
        let report = JobReport(verdict)
        let record = JobRecord(verdict)
        let result = try await storage.withStorage { storage throws(StorageError) in
            try storage.recordJob(record, claim: job.claim)
        }
        switch result {
        case .recorded:
            observe(report.summary)
            watch.ended(report)
            dispatcher.finished(work, duration: duration)
        // The worker's own record came first, perhaps with a commit, just before the worker died.
        case .alreadyRecorded:
            _ = await observeUntold(job)
            dispatcher.finished(work, duration: duration)
            watch.changed(job.id)
        case .claimLost: lose(work, job)
        }
    }
}

/// Why a job was begun again.
enum RetryCause: String, CaseIterable {
    /// Its worker ended.
    case crashed
    /// Its worker had more memory than it may.
    case memory
    /// The storage could not be reached, or did not take the job's end.
    case storage
    /// Its server ended.
    case server
    /// It held up other jobs that its worker had.
    case heldUp = "held_up"
}

extension JobTimings {
    fileprivate var pace: Pace {
        guard let load else { return .long }
        return switch load + (execute ?? 0) {
        case ..<1_000: .quick
        case ..<10_000: .slow
        default: .long
        }
    }
}

extension JobRecord {
    /// The record of a job that has come to its end.
    init(_ job: Job) {
        self.init(
            id: job.id, program: job.program, state: job.state.rawValue, outcome: job.outcome?.rawValue,
            createdAt: job.createdAt.milliseconds, finishedAt: (job.finishedAt ?? .now()).milliseconds,
            document: job.document())
    }
}
