import Glibc
import Testing

/// Work on a thread of its own.
final class TestThread<Value> {
    private var thread = pthread_t()
    // Written by the thread, read once it has ended.
    nonisolated(unsafe) private var result: Result<Value, any Error>?

    init(_ work: @escaping @Sendable () throws -> Value) throws {
        let run = Unmanaged.passRetained(Run { [unowned self] in result = Result { try work() } })
        let failure = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Run>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, run.toOpaque())
        try #require(failure == 0)
    }

    /// Waits until the thread has ended.
    func join() throws -> Value {
        pthread_join(thread, nil)
        return try #require(result).get()
    }
}

private final class Run {
    let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }
}
