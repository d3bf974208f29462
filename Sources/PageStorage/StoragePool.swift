import Foundation

/// Storage connections for asynchronous callers: each on a thread of its own, so that a slow query never holds up the
/// cooperative thread pool.
public final class StoragePool: Sendable {
    private let calls: StorageCallQueue
    private let patience: Duration
    private let counted: StorageCallCounter

    /// Connections are opened when first needed, and again after they were lost.
    /// - Parameters:
    ///   - connections: at least one.
    ///   - patience: how long a call may wait for a free connection, and then try to reach the storage.
    public init(location: StorageLocation, connections: Int, patience: Duration = .seconds(5)) {
        let calls = StorageCallQueue(threads: connections)
        self.calls = calls
        counted = StorageCallCounter(connections: connections)
        self.patience = patience
        for number in 1...connections {
            Thread {
                Thread.current.name = "storage \(number)"
                let connection = LazyStorage(location: location, patience: patience)
                while let call = calls.next() { call(connection) }
                connection.close()
                calls.threadEnded()
            }.start()
        }
    }

    deinit { calls.close() }

    /// What was counted of all calls, and what is under way.
    public var statistics: StorageCallStatistics {
        var statistics = counted.statistics
        statistics.waiting = calls.count
        return statistics
    }

    /// Runs `body` with a connection that nothing else uses meanwhile.
    /// - Throws: what `body` throws; `unavailable` too when no connection came free in time, and after `close`.
    public func withStorage<Value: Sendable>(
        _ body: @escaping @Sendable (any ServiceStorage) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let deadline = ContinuousClock.now + patience
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            let isTaken = calls.add { [counted] connection in
                continuation.resume(
                    returning: counted.count { () throws(StorageError) in
                        guard ContinuousClock.now <= deadline else {
                            throw .unavailable("no storage connection came free in time")
                        }
                        return try body(try connection.opened())
                    })
            }
            if !isTaken { continuation.resume(returning: .failure(.unavailable("the storage is closed"))) }
        }
        return try result.get()
    }

    /// Ends the threads and closes the connections; calls under way, and those that wait already, are finished first.
    public func close() async {
        calls.close()
        await withCheckedContinuation { continuation in calls.whenEnded { continuation.resume() } }
    }
}
