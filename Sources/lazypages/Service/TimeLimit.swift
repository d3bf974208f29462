import Dispatch
import Synchronization

/// Calls something when time is up, unless it is cancelled first.
final class TimeLimit: Sendable {
    private let milliseconds: UInt64
    private let expired: @Sendable () -> Void
    /// Counts starts and cancellations: a timer that finds another number than its own is void.
    private let generation = Mutex(0)

    init(milliseconds: UInt64, expired: @escaping @Sendable () -> Void) {
        self.milliseconds = milliseconds
        self.expired = expired
    }

    func start(times factor: Int = 1) {
        let own = advance()
        let limit = milliseconds.multipliedReportingOverflow(by: UInt64(factor))
        let milliseconds = Int(clamping: limit.overflow ? .max : limit.partialValue)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
            self.generation.withLock { if $0 == own { self.expired() } }
        }
    }

    /// After this returns it does not expire any more.
    func cancel() { _ = advance() }

    private func advance() -> Int {
        generation.withLock {
            $0 += 1
            return $0
        }
    }
}
