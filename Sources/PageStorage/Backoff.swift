import Foundation

/// The waits between attempts to reach a storage again.
///
/// They double up to a longest one, and each is cut short at random, so that the clients of a restarted server do not
/// all come back at once.
struct Backoff {
    private static let longest = Duration.milliseconds(500)

    private let deadline: ContinuousClock.Instant
    private var delay = Duration.milliseconds(10)

    /// - Parameter total: no wait ends later than this after now.
    init(total: Duration) {
        deadline = .now + total
    }

    /// How long to wait before the next attempt; nil when the time is up.
    mutating func next() -> Duration? {
        let wait = delay * Double.random(in: 0.5...1)
        delay = min(delay * 2, Self.longest)
        return .now + wait <= deadline ? wait : nil
    }

    /// Blocks the thread until the next attempt is due.
    /// - Returns: false when the time is up.
    mutating func sleep() -> Bool {
        guard let wait = next() else { return false }
        usleep(UInt32(wait / .microseconds(1)))
        return true
    }
}
