/// How long queries that fetched pages took.
public struct PageQueryTimes: Sendable, Equatable {
    /// Upper bounds of durations in seconds, ascending.
    public static let bounds = [
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
    ]

    /// Queries by duration: one for each of `bounds`, and one for longer ones; empty if there was no query.
    public private(set) var counts: [UInt64] = []

    public init() {}

    /// - Parameter counts: as ``counts``; nil for another number of them.
    init?(counts: [UInt64]) {
        guard counts.isEmpty || counts.count == Self.bounds.count + 1 else { return nil }
        self.counts = counts
    }

    public mutating func note(nanoseconds: UInt64, queries: UInt64 = 1) {
        reserve()
        let seconds = Double(nanoseconds) / 1e9
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += queries
    }

    public mutating func add(_ other: PageQueryTimes) {
        guard !other.counts.isEmpty else { return }
        reserve()
        for place in counts.indices { counts[place] += other.counts[place] }
    }

    private mutating func reserve() {
        if counts.isEmpty { counts = Array(repeating: 0, count: Self.bounds.count + 1) }
    }
}
