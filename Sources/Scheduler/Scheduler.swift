import Logging
import PageStorage
import WorkerProtocol

/// Runs jobs on worker processes: the queue, the order of jobs, and the supervision of the workers.
///
/// It must be shut down: its threads and workers hold on to it until then.
public final class Scheduler: JobScheduling {
    private let configuration: SchedulerConfiguration
    private let dispatcher: Dispatcher
    private let ledger: Ledger
    private let logger: Logger

    /// - Parameter observe: called once for each job that has come to its end, on any thread.
    public init(
        configuration: SchedulerConfiguration, storage: any JobRecorder, logger: Logger,
        observe: @escaping @Sendable (Job) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        dispatcher = Dispatcher(waitingLimit: configuration.waitingLimit, workers: configuration.workers)
        ledger = Ledger(dispatcher: dispatcher, recorder: storage, logger: logger, observe: observe)
    }

    /// Starts the workers. What was accepted before waits for them.
    public func start() {
        for _ in 0..<configuration.workers {
            let slot = WorkerSlot(
                index: dispatcher.addSlot(), configuration: configuration, dispatcher: dispatcher, ledger: ledger,
                logger: logger)
            slot.start()
        }
    }

    /// Accepts nothing more and returns when all that was accepted is finished and every worker has ended.
    ///
    /// Jobs that are not finished within `limit` fail with `shutting_down`, which the storage is asked once to record.
    public func shutdown(within limit: Duration) async {
        dispatcher.drain()
        let reaper = Task {
            try await Task.sleep(for: limit)
            for work in dispatcher.killAll() { ledger.giveUp(work) }
        }
        await dispatcher.ended()
        reaper.cancel()
        for job in activeJobs() {
            logger.error("job lost: the storage did not take it", metadata: ["job": "\(job.id)"])
        }
    }

    /// Once accepted, a job runs to its end even if the caller's task is cancelled: it may change data.
    public func run(_ request: JobRequest) async throws(SchedulerError) -> Job {
        try await withCheckedContinuation { dispatcher.accept(.job(request, $0)) }.get()
    }

    public func inspect(code: [UInt8], isText: Bool) async throws(SchedulerError) -> ModuleInspection {
        try await withCheckedContinuation { dispatcher.accept(.upload(code: code, isText: isText, $0)) }.get()
    }

    public func activeJobs() -> [Job] { dispatcher.activeJobs() }

    public func statistics() -> SchedulerStatistics { dispatcher.statistics() }
}
