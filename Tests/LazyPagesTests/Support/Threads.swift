import Foundation
import Synchronization
import Testing

/// A value that a thread of its own computes.
final class ThreadResult<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let done = DispatchSemaphore(value: 0)

    func set(_ value: Value?) {
        self.value.withLock { $0 = value }
        done.signal()
    }

    /// Nil if the work threw.
    func wait() -> Value? {
        done.wait()
        return value.withLock { $0 }
    }
}

func onNewThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) throws -> ThreadResult<Value> {
    let result = ThreadResult<Value>()
    Thread.detachNewThread { result.set(try? work()) }
    return result
}
