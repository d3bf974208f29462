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
        var missing: Set<String> = []
        while true {
            let left = isRenewed(renewed) ? min(renewsAt - .now, Self.lookInterval) : .milliseconds(20)
            let pause = DispatchTimeInterval.milliseconds(Int(max(left, .milliseconds(1)).wholeMilliseconds))
            guard stopping.wait(timeout: .now() + pause) == .timedOut else { return }
            guard let server = life.current else { continue }
            guard renewsAt <= .now || server != renewed else {
                lookAround(server)
                continue
            }
            do throws(StorageError) {
                missing = try renew(server, missing: missing)
                renewed = server
            } catch {
                logger.warning("the server's lease could not be renewed", metadata: ["error": "\(error)"])
            }
            renewsAt = .now + (missing.isEmpty ? interval : min(interval, Self.secondLook))
        }
    }

    private func isRenewed(_ renewed: ServerID?) -> Bool { renewed != nil && life.current == renewed }

    /// Longer than a worker takes to tell of its commit.
    private static let secondLook = Duration.milliseconds(150)
    /// How long a server that comes, goes or has nothing to do is not noticed by the others: they share their work with it
    /// then, and what is posted to it for a program of theirs waits for them to look.
    private static let lookInterval = Duration.milliseconds(250)

    /// What fails here is told when the lease is renewed.
    private func lookAround(_ server: ServerID) {
        let isIdle = dispatcher.isAlone ? nil : dispatcher.isMostlyIdle()
        guard let others = try? connection.opened().otherServers(than: server, isIdle: isIdle) else { return }
        dispatcher.note(others)
        if others.count > 0 { keeper.wake() }
    }

    /// - Parameter missing: running jobs that were not in the queue the last time. A worker may just have committed one, so
    ///   that it counts as lost only if it still runs at the second look.
    /// - Returns: those that are missing now for the first time.
    private func renew(_ server: ServerID, missing: Set<String>) throws(StorageError) -> Set<String> {
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
        let lost = renewal.lost.filter(missing.contains)
        for job in lost { dispatcher.withdraw(job) }
        if !lost.isEmpty { onLoss(lost) }
        dispatcher.note(renewal)
        keeper.wake()
        return Set(renewal.lost).subtracting(lost)
    }
}
