import Foundation
import Logging
import PageStorage

/// The thread that renews the server's lease, so that others leave alone what it holds, and learns what it has lost.
final class LeaseKeeper: Sendable {
    private let dispatcher: Dispatcher
    private let keeper: QueueKeeper
    private let connection: QueueConnection
    private let life: ServerLife
    private let lease: Duration
    private let logger: Logger
    private let onLoss: @Sendable ([String]) -> Void
    private let stopping = DispatchSemaphore(value: 0)

    init(
        dispatcher: Dispatcher, keeper: QueueKeeper, connection: QueueConnection, life: ServerLife, lease: Duration,
        logger: Logger, onLoss: @escaping @Sendable ([String]) -> Void
    ) {
        self.dispatcher = dispatcher
        self.keeper = keeper
        self.connection = connection
        self.life = life
        self.lease = lease
        self.logger = logger
        self.onLoss = onLoss
    }

    func stop() { stopping.signal() }

    func run() {
        let interval = lease / 4
        // A life that has just begun learns at once what others do.
        var renewed: ServerID?
        var renewsAt = ContinuousClock.now
        // Jobs that were not in the queue the last time. A worker may just have committed one, so that it counts as lost only
        // if it is still here at the second look.
        var missing: Set<String> = []
        while true {
            let look = missing.isEmpty ? Self.lookInterval : Self.secondLook
            let left = isRenewed(renewed) ? min(renewsAt - .now, look) : .milliseconds(20)
            let pause = DispatchTimeInterval.milliseconds(Int(max(left, .milliseconds(1)).wholeMilliseconds))
            guard stopping.wait(timeout: .now() + pause) == .timedOut else { return }
            guard let server = life.current else { continue }
            if renewsAt <= .now || server != renewed {
                renewsAt = .now + interval
                do throws(StorageError) {
                    missing = withdraw(try renew(server), missing: missing)
                    renewed = server
                } catch {
                    logger.warning("the server's lease could not be renewed", metadata: ["error": "\(error)"])
                }
            } else if let gone = try? lookAround(server, missing: missing) {
                // What fails here is told when the lease is renewed.
                missing = withdraw(gone, missing: missing)
            }
        }
    }

    private func isRenewed(_ renewed: ServerID?) -> Bool { renewed != nil && life.current == renewed }

    /// Longer than a worker takes to tell of its commit.
    private static let secondLook = Duration.milliseconds(150)
    /// How long the others do not notice that a server comes, goes or has nothing to do, or that it runs a job: they share
    /// their work with it then, what is posted to it for a program of theirs waits for them to look, and so does a job that
    /// is cancelled there.
    private static let lookInterval = Duration.milliseconds(250)

    /// Jobs that wait here and are looked up at once.
    private static let waitingPerLook = 256

    /// - Returns: jobs that are not in the queue, among them those of `missing`.
    private func lookAround(_ server: ServerID, missing: Set<String>) throws(StorageError) -> [String] {
        let isAlone = dispatcher.isAlone
        let isIdle = isAlone ? nil : dispatcher.isMostlyIdle()
        let storage = try connection.opened()
        let others = try storage.otherServers(than: server, isIdle: isIdle)
        dispatcher.note(others)
        if others.count > 0 { keeper.wake() }
        var held = missing.filter(dispatcher.isHeld)
        if isAlone, held.isEmpty { return [] }
        // Most jobs are over before anyone could ask for them.
        let since = dispatcher.clock.now().milliseconds - Self.lookInterval.wholeMilliseconds
        let running = dispatcher.runningJobs().filter { $0.startedAt <= since }
        held.formUnion(dispatcher.waitingJobs(for: Self.lookInterval, limit: Self.waitingPerLook))
        if running.isEmpty, held.isEmpty { return [] }
        return try storage.noteRunning(running, waiting: Array(held), by: server)
    }

    /// - Returns: running jobs that are not in the queue.
    private func renew(_ server: ServerID) throws(StorageError) -> [String] {
        let storage = try connection.opened()
        let running = dispatcher.runningJobs()
        let isIdle = dispatcher.isMostlyIdle()
        let renewal = try dispatcher.clock.compare(\.now) { () throws(StorageError) in
            try storage.renewLease(server, leaseMs: lease.wholeMilliseconds, running: running, isIdle: isIdle)
        }
        guard renewal.isAlive else {
            logger.warning("the server's lease has run out: it begins anew")
            keeper.loseLife(server)
            return []
        }
        dispatcher.note(renewal)
        keeper.wake()
        return renewal.lost
    }

    /// - Returns: those that are missing now for the first time.
    private func withdraw(_ gone: [String], missing: Set<String>) -> Set<String> {
        let lost = missing.intersection(gone)
        for job in lost { dispatcher.withdraw(job) }
        if !lost.isEmpty { onLoss(Array(lost)) }
        return Set(gone).subtracting(lost)
    }
}
