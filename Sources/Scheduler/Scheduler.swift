import Foundation
import Logging
import PageStorage
import Synchronization
import WorkerProtocol

/// Runs jobs on worker processes: accepts them into the storage's queue, claims what this server is to run, keeps the order
/// of jobs, and supervises the workers. Several servers on one storage share the work.
///
/// It must be shut down: its threads and workers hold on to it until then.
public final class Scheduler: Sendable {
    let configuration: SchedulerConfiguration
    let dispatcher: Dispatcher
    let storage: StoragePool
    let watch = JobWatch()
    let ends: EndLookup
    let clock: StorageClock
    let keeper: QueueKeeper
    let life = ServerLife()
    private let leaseKeeper: LeaseKeeper
    private let bell: JobBell
    private let retention: Retention
    private let retaining = Mutex<Task<Void, Never>?>(nil)
    let ledger: Ledger
    let logger: Logger
    private let threads = ThreadGroup()

    /// - Parameters:
    ///   - storage: for what callers ask.
    ///   - location: the same storage; the queue is kept over connections of its own.
    ///   - observe: called once for each job that has come to its end here, on any thread.
    public init(
        configuration: SchedulerConfiguration, storage: StoragePool, location: StorageLocation, logger: Logger,
        observe: @escaping @Sendable (JobSummary) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.storage = storage
        self.logger = logger
        clock = StorageClock()
        let dispatcher = Dispatcher(configuration, clock: clock)
        let watch = watch
        let life = life
        let connection = {
            QueueConnection { () throws(StorageError) in try location.open() }
        }
        let onLoss: @Sendable ([String]) -> Void = { jobs in
            for job in jobs { watch.changed(job) }
        }
        let keeper = QueueKeeper(
            dispatcher: dispatcher, connection: connection(), life: life, lease: configuration.lease, logger: logger,
            onLoss: onLoss)
        self.dispatcher = dispatcher
        self.keeper = keeper
        leaseKeeper = LeaseKeeper(
            dispatcher: dispatcher, keeper: keeper, connection: connection(), life: life, lease: configuration.lease,
            logger: logger, onLoss: onLoss)
        bell = JobBell(dispatcher: dispatcher, keeper: keeper, connection: connection())
        retention = Retention(storage: storage, kept: configuration.keptJobs, logger: logger)
        ends = EndLookup(storage: storage, watch: watch, dispatcher: dispatcher)
        ledger = Ledger(
            dispatcher: dispatcher, storage: storage, watch: watch, life: life, logger: logger, observe: observe)
        dispatcher.signalKeeper = { [weak keeper] in keeper?.signal() }
    }

    /// Starts the workers, and begins to take jobs.
    public func start() {
        for _ in 0..<configuration.workers {
            let slot = WorkerSlot(
                index: dispatcher.addSlot(), configuration: configuration, dispatcher: dispatcher, ledger: ledger,
                logger: logger)
            slot.start()
        }
        threads.start("queue keeper") { [keeper] in keeper.run() }
        threads.start("lease keeper") { [leaseKeeper] in leaseKeeper.run() }
        threads.start("job bell") { [bell] in bell.run() }
        retaining.withLock { $0 = Task { [retention] in await retention.run() } }
        keeper.wake()
    }

    /// Accepts nothing more, finishes what it holds, and returns when every worker has ended. Jobs that have not begun are
    /// left to other servers, if there are any.
    ///
    /// Jobs that are not finished within `limit` are stopped, and begin anew on another server, or on this one when it is
    /// started again.
    public func shutdown(within limit: Duration) async {
        for job in dispatcher.drain() { watch.changed(job) }
        let reaper = Task {
            try await Task.sleep(for: limit)
            dispatcher.killAll()
        }
        await dispatcher.ended()
        reaper.cancel()
        retaining.withLock { $0?.cancel() }
        // The lease is kept until here: what runs is this server's.
        leaseKeeper.stop()
        bell.stop()
        keeper.stop()
        await threads.ended()
    }
}
