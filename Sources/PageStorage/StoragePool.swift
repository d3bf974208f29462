import Foundation

/// Storage connections for asynchronous callers: each on a thread of its own, so that a slow query never holds up the
/// cooperative thread pool.
public final class StoragePool: Sendable {
    private let calls: StorageCallQueue
    private let patience: Duration

    /// Connections are opened when first needed, and again after they were lost.
    /// - Parameters:
    ///   - connections: at least one.
    ///   - patience: how long a call may wait for a free connection, and then try to reach the storage.
    public init(location: StorageLocation, connections: Int, patience: Duration = .seconds(5)) {
        let calls = StorageCallQueue(threads: connections)
        self.calls = calls
        self.patience = patience
        for number in 1...connections {
            let thread = Thread {
                let connection = LazyStorage(location: location, patience: patience)
                while let call = calls.next() { call(connection) }
                connection.close()
                calls.threadEnded()
            }
            thread.name = "storage \(number)"
            thread.start()
        }
    }

    deinit { calls.close() }

    /// Runs `body` with a connection that nothing else uses meanwhile.
    /// - Throws: what `body` throws; `unavailable` too when no connection came free in time, and after `close`.
    public func withStorage<Value: Sendable>(
        _ body: @escaping @Sendable (any Storage) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let deadline = ContinuousClock.now + patience
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            let isTaken = calls.add { connection in
                continuation.resume(
                    returning: Result { () throws(StorageError) in
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

/// The connection of one thread, opened when first needed.
private final class LazyStorage {
    private let location: StorageLocation
    private let patience: Duration
    private var storage: (any Storage)?

    init(location: StorageLocation, patience: Duration) {
        self.location = location
        self.patience = patience
    }

    func opened() throws(StorageError) -> any Storage {
        if let storage { return storage }
        let opened = try location.open(patience: patience)
        storage = opened
        return opened
    }

    func close() { storage = nil }
}

/// The calls that wait for a thread.
private final class StorageCallQueue: @unchecked Sendable {  // `condition` guards everything below it.
    typealias Call = @Sendable (LazyStorage) -> Void

    private let condition = NSCondition()
    private var waiting: [Call] = []
    private var isClosed = false
    private var threads: Int
    private var endActions: [@Sendable () -> Void] = []

    init(threads: Int) { self.threads = threads }

    /// Returns false when the queue is closed.
    func add(_ call: @escaping Call) -> Bool {
        condition.withLock {
            guard !isClosed else { return false }
            waiting.append(call)
            condition.signal()
            return true
        }
    }

    /// Waits for a call; nil when the queue is closed and empty.
    func next() -> Call? {
        condition.withLock {
            while waiting.isEmpty && !isClosed { condition.wait() }
            return waiting.isEmpty ? nil : waiting.removeFirst()
        }
    }

    func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }

    func threadEnded() {
        let actions = condition.withLock {
            threads -= 1
            return threads == 0 ? endActions : []
        }
        for action in actions { action() }
    }

    /// Runs `action` once all threads have ended.
    func whenEnded(_ action: @escaping @Sendable () -> Void) {
        let isOver = condition.withLock {
            if threads > 0 { endActions.append(action) }
            return threads == 0
        }
        if isOver { action() }
    }
}
