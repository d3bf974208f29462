import CSQLite
import Foundation

/// How a connection waits for a lock that another connection or process holds.
///
/// SQLite tells nobody that a lock is free: who wants it tries again. SQLite's own pauses grow to 100 ms, so that whoever
/// has waited for long tries less often than all who come after it. These stay short, but not so short that the tries
/// themselves keep a processor busy.
final class SQLiteLockWait {
    private let patience: Duration
    private var deadline = ContinuousClock.now

    private static let longestPause = 3

    /// - Parameter patience: how long a call waits for one lock.
    init(patience: Duration) { self.patience = patience }

    /// Has the connection wait like this, which must not outlive it.
    func use(for database: OpaquePointer) {
        sqlite3_busy_handler(
            database,
            { context, tries in
                guard let context else { return 0 }
                let wait = Unmanaged<SQLiteLockWait>.fromOpaque(context).takeUnretainedValue()
                return wait.pause(afterTries: Int(tries)) ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Blocks until the next try.
    /// - Parameter tries: for this lock, after the first.
    /// - Returns: false if the time is up.
    private func pause(afterTries tries: Int) -> Bool {
        if tries == 0 { deadline = .now + patience }
        let pause = min(Self.pause(afterTries: tries), deadline - .now)
        guard pause > .zero else { return false }
        usleep(UInt32(pause / .microseconds(1)))
        return true
    }

    /// Differs by chance, so that those who wait do not come at the same moments.
    static func pause(afterTries tries: Int) -> Duration {
        .milliseconds(min(1 + tries, longestPause)) * Double.random(in: 0.5...1.5)
    }
}
