import Foundation
import Logging
import ThreadLending
import WorkerProtocol

/// A place for one worker process, on a thread of its own: it starts the worker, hands it one piece of work after
/// another, and replaces it.
///
/// The thread outlives every worker that it starts: a worker is killed when its thread ends.
struct WorkerSlot: Sendable {
    let index: Int
    let configuration: SchedulerConfiguration
    let dispatcher: Dispatcher
    let ledger: Ledger
    let logger: Logger

    func start() {
        Thread {
            Thread.current.name = "worker slot \(index)"
            run()
        }.start()
    }

    private func run() {
        var cause: RestartCause?
        var failedStarts = 0
        while dispatcher.wantsWorker(slot: index, insteadOf: cause) {
            do {
                let worker = try startWorker()
                failedStarts = 0
                cause = serve(worker)
            } catch {
                // A worker that was killed at its start because the service ends is no error.
                if !dispatcher.isKilling {
                    logger.error("a worker did not start", metadata: ["error": "\(error)"])
                }
                cause = .crashed
                pause(afterFailedStarts: failedStarts)
                failedStarts += 1
            }
        }
        dispatcher.slotEnded(index)
    }

    private func startWorker() throws -> WorkerProcess {
        var worker = try WorkerProcess(
            command: configuration.workerCommand, environment: configuration.workerEnvironment,
            memoryLimit: configuration.workerMemory)
        dispatcher.adopt(worker.process, slot: index)
        do {
            try worker.waitUntilReady(within: configuration.limits.start)
        } catch {
            throw StartError(reason: error.description(endingWith: worker.kill()))
        }
        return worker
    }

    private struct StartError: Error, CustomStringConvertible {
        let reason: String
        var description: String { "the worker \(reason)" }
    }

    /// A program that cannot start is not started over and over: 50 ms at first, 5 s at last.
    private func pause(afterFailedStarts count: Int) {
        let end = ContinuousClock.now + .milliseconds(min(50 << min(count, 10), 5000))
        while .now < end, !dispatcher.isKilling { Thread.sleep(forTimeInterval: 0.02) }
    }

    /// Gives the worker work until it is done for.
    /// - Returns: why it was.
    private func serve(_ worker: consuming WorkerProcess) -> RestartCause? {
        var served = 0
        while served < configuration.jobsPerWorker {
            let works: [Work]
            switch dispatcher.next(slot: index) {
            case .work(let next): works = next
            case .idle where !worker.isBroken: continue
            case .idle:
                noteBroken(worker.kill())
                return .crashed
            case .stop:
                worker.end(within: configuration.limits.end)
                return nil
            }
            let begin = ContinuousClock.now
            var open = works
            do {
                try perform(works, open: &open, on: &worker, begin: begin)
            } catch {
                let last = open.last { work in works.prefix(max(worker.begun, 1)).contains { $0.number == work.number }
                }
                let hasBegun = worker.hasBegun
                return fail(open, last, error, worker.kill(), hasBegun: hasBegun, begin: begin)
            }
            served += works.count
            // What it keeps for jobs to come has grown: the next one is to find room.
            if worker.exceedsMemory {
                worker.end(within: configuration.limits.end)
                return .memory
            }
        }
        worker.end(within: configuration.limits.end)
        return .recycled
    }

    /// - Parameter open: is left with the work that the worker has not ended.
    private func perform(
        _ works: [Work], open: inout [Work], on worker: inout WorkerProcess, begin: ContinuousClock.Instant
    ) throws(WorkerFailure) {
        if case .upload(let code, let isText, _) = works[0].content {
            let inspection = try worker.inspect(code: code, isText: isText, limit: configuration.limits.inspect)
            ledger.finish(works[0], inspection: .success(inspection), duration: .now - begin)
            return
        }
        if case .job(let job) = works[0].content, job.isSuspect { return ledger.countSuspect(works[0], job) }
        let jobs = works.compactMap(\.job)
        let orders = jobs.map { job in
            WorkerProcess.Order(
                job: job, queued: job.waited(until: begin), knownVersion: dispatcher.knownVersion(of: job.key))
        }
        let begun = try worker.run(
            orders, clockAheadMs: dispatcher.clock.aheadMs, limits: configuration.limits
        ) { place, ending in
            let (work, job) = (works[place], jobs[place])
            open.removeAll { $0.number == work.number }
            switch ending.keeping {
            case .recorded: finish(work, ending.report, duration: (.now - begin) / works.count)
            case .unrecorded: ledger.retry(work, job, after: Self.pauseAfterOutage)
            case .claimLost: ledger.lose(work, job)
            }
        }
        for work in works.dropFirst(begun) { ledger.putBack(work, isBlameless: true) }
    }

    /// An answer without much page data is made right here: that takes less than to wake another thread for it.
    private func finish(_ work: Work, _ report: JobReport, duration: Duration) {
        guard report.pages.count <= 4 else { return ledger.finish(work, report, duration: duration) }
        LendingExecutor.shared.lend { ledger.finish(work, report, duration: duration) }
    }

    /// How long a job waits whose end the storage did not take.
    private static let pauseAfterOutage = Duration.milliseconds(200)

    private func noteBroken(_ status: ExitStatus) {
        logger.error("a worker ended without having begun any work", metadata: ["end": "\(status)"])
    }

    /// Ends the work whose worker failed.
    /// - Parameters:
    ///   - open: what it had not ended.
    ///   - last: what it had begun last of that: the failure is laid to its charge.
    /// - Returns: why the worker is replaced.
    private func fail(
        _ open: [Work], _ last: Work?, _ failure: WorkerFailure, _ status: ExitStatus, hasBegun: Bool,
        begin: ContinuousClock.Instant
    ) -> RestartCause {
        let cause: RestartCause =
            switch failure {
            case .timedOut: .timeout
            case .holdsUpOthers: .heldUp
            case .memoryExceeded: .memory
            default: .crashed
            }
        // It was ended on purpose. What it had waits in the storage, or is someone else's, or begins again.
        let isOnPurpose = dispatcher.isKilling || open.contains { !dispatcher.isOurs($0) }
        let isBlameless = isOnPurpose || failure == .holdsUpOthers
        for work in open where isBlameless || work.number != last?.number {
            if let job = work.job {
                dispatcher.noteLong(job.key)
                if dispatcher.isKilling || !dispatcher.isOurs(work) {
                    ledger.lose(work, job)
                    continue
                }
            }
            ledger.putBack(work, isBlameless: true)
        }
        if failure == .holdsUpOthers { ledger.note(.heldUp) }
        guard !isBlameless, let work = last else { return cause }
        // The worker may have been dead for a while: that is not the work's fault.
        if failure == .ended, !hasBegun, !work.isSecondTry {
            noteBroken(status)
            ledger.putBack(work, isBlameless: true)
            return .crashed
        }
        let how = failure.description(endingWith: status)
        let subject: Logger.Metadata =
            work.job.map { ["job": "\($0.id)", "program": "\($0.request.program)"] } ?? ["work": "upload"]
        logger.error(
            "a worker failed",
            metadata: ["failure": "\(failure)", "end": "\(status)"].merging(subject) { $1 })
        let duration = ContinuousClock.now - begin
        switch work.content {
        case .job(let job):
            let startedAt = dispatcher.clock.now().earlier(by: duration)
            var verdict =
                failure == .timedOut
                ? Job.timedOut(job.request, startedAt: startedAt)
                : Job.failed(
                    job.request, code: failure == .memoryExceeded ? "worker_memory_exceeded" : "worker_crashed",
                    message: "the job's worker \(how)", startedAt: startedAt)
            verdict.finishedAt = dispatcher.clock.now()
            verdict.timingsUs.queued = UInt64(job.waited(until: begin).wholeMicroseconds)
            if failure == .timedOut {
                ledger.settle(work, job, as: verdict, duration: duration)
            } else {
                ledger.retryAfterCrash(
                    work, job, failure == .memoryExceeded ? .memory : .crashed, failed: verdict, duration: duration)
            }
        case .upload:
            let error: SchedulerError =
                switch failure {
                case .timedOut: .timedOut(milliseconds: UInt64(configuration.limits.inspect.wholeMilliseconds))
                case .memoryExceeded: .memoryExceeded
                default: .workerCrashed("the upload's worker \(how)")
                }
            ledger.finish(work, inspection: .failure(error), duration: duration)
        }
        return cause
    }
}

extension Timestamp {
    fileprivate func earlier(by duration: Duration) -> Timestamp {
        Timestamp(milliseconds: milliseconds - duration.wholeMilliseconds)
    }
}
