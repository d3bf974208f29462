/// What the calls through a pool of connections came to since it was made, and how many are under way.
public struct StorageCallStatistics: Sendable, Equatable {
    /// Connections that may be open at once: one for each thread of the pool.
    public var connections = 0
    /// Calls that a connection runs at this moment.
    public var running = 0
    /// Calls that wait for a connection at this moment.
    public var waiting = 0
    /// Calls by how long they took, the wait for a connection left out: one for each of `bounds`, and one for longer ones.
    public var durations = Array(repeating: UInt64(0), count: bounds.count + 1)
    /// Of all calls, in seconds.
    public var seconds = 0.0
    /// Calls that the storage could not do, by kind: `unavailable`, `full`, `failed`.
    public var errors: [String: UInt64] = ["unavailable": 0, "full": 0, "failed": 0]

    /// Upper bounds of durations in seconds, ascending.
    public static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    public init() {}

    mutating func note(seconds: Double) {
        durations[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        self.seconds += seconds
    }

    mutating func note(_ error: StorageError) {
        switch error {
        case .unavailable: errors["unavailable", default: 0] += 1
        case .full: errors["full", default: 0] += 1
        case .failed, .newerSchema, .invalidLocation: errors["failed", default: 0] += 1
        // An answer, not a failure.
        case .programExists: break
        }
    }
}
