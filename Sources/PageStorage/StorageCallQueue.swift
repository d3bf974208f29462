import Foundation

/// The calls that wait for a thread.
final class StorageCallQueue: @unchecked Sendable {  // `condition` guards everything below it.
    typealias Call = @Sendable (LazyStorage) -> Void

    private let condition = NSCondition()
    private var waiting: [Call] = []
    private var isClosed = false
    private var threads: Int
    private var endActions: [@Sendable () -> Void] = []

    init(threads: Int) { self.threads = threads }

    /// How many calls wait.
    var count: Int { condition.withLock { waiting.count } }

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
