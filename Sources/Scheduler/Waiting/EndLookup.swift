import PageStorage
import Synchronization
import ThreadLending
import WorkerProtocol

/// Looks up which jobs have ended on other servers: in one query for all who wait for one here.
final class EndLookup: Sendable {
    private struct State {
        /// How many wait for a job, by its id.
        var waits: [String: Int] = [:]
        var isLooking = false
        var pause = Duration.zero

        /// Looks are rare where they find much.
        var shortestPause: Duration { waits.count <= 4 ? .milliseconds(3) : .milliseconds(10) }
    }

    private let state = Mutex(State())
    private let storage: StoragePool
    private let watch: JobWatch
    private let dispatcher: Dispatcher

    private static let longestPause = Duration.milliseconds(40)

    init(storage: StoragePool, watch: JobWatch, dispatcher: Dispatcher) {
        self.storage = storage
        self.watch = watch
        self.dispatcher = dispatcher
    }

    /// Returns when the job has ended on any server or changed here, the time is over, or the task is cancelled.
    func wait(for ticket: JobTicket, within limit: Duration) async {
        let begins = state.withLock { state in
            state.waits[ticket.job, default: 0] += 1
            state.pause = state.shortestPause
            defer { state.isLooking = true }
            return !state.isLooking
        }
        if begins { Task { await look() } }
        await ticket.wait(within: limit)
        state.withLock { state in
            let left = (state.waits[ticket.job] ?? 1) - 1
            state.waits[ticket.job] = left > 0 ? left : nil
        }
    }

    /// Goes on as long as anyone waits.
    private func look() async {
        while let pause = nextPause() {
            try? await Task.sleep(for: max(pause, dispatcher.spareTime * 2))
            // What is held here ends here, and its end is told with more than the storage has of it.
            let ids = state.withLock { Array($0.waits.keys) }.filter { !dispatcher.isHeld($0) }
            guard !ids.isEmpty else { continue }
            let ended = try? await storage.withStorage { storage throws(StorageError) in
                try storage.endedJobs(among: ids)
            }
            guard let ended, !ended.isEmpty else { continue }
            state.withLock { $0.pause = $0.shortestPause }
            LendingExecutor.shared.lend {
                for record in ended where !dispatcher.isHeld(record.id) { watch.endedElsewhere(record) }
            }
        }
    }

    /// - Returns: nil if nobody waits any more.
    private func nextPause() -> Duration? {
        state.withLock { state in
            guard !state.waits.isEmpty else {
                state.isLooking = false
                return nil
            }
            defer { state.pause = min(state.pause * 2, Self.longestPause) }
            return state.pause
        }
    }
}
