/// How durations spread: counts in buckets whose width grows with the duration, sixteen for each power of two, so that what
/// is read from it is off by 1/32 at most.
struct LatencyHistogram: Equatable {
    /// The number of the bucket that is counted first in `counts`.
    private var first = 0
    /// From the first bucket that has something to the last.
    private var counts: [UInt32] = []

    private static let bits = 4

    var total: Int { counts.reduce(0) { $0 + Int($1) } }

    /// - Parameter microseconds: below 16 they are kept as they are.
    mutating func add(_ microseconds: UInt64) { add(1, to: Self.bucket(of: microseconds)) }

    mutating func add(_ other: LatencyHistogram) {
        for (place, count) in other.counts.enumerated() where count > 0 { add(count, to: other.first + place) }
    }

    private mutating func add(_ count: UInt32, to bucket: Int) {
        if counts.isEmpty { first = bucket }
        if bucket < first {
            counts.insert(contentsOf: repeatElement(0, count: first - bucket), at: 0)
            first = bucket
        }
        let missing = bucket - first - counts.count + 1
        if missing > 0 { counts.append(contentsOf: repeatElement(0, count: missing)) }
        counts[bucket - first] += count
    }

    /// The duration, in microseconds, that so large a share of all durations does not exceed (nearest rank); nil where there
    /// is none.
    func percentile(_ share: Double) -> Double? {
        let total = total
        guard total > 0 else { return nil }
        var rank = max(1, Int((share * Double(total)).rounded(.up)))
        for (place, count) in counts.enumerated() {
            rank -= Int(count)
            if rank <= 0 { return Self.middle(of: first + place) }
        }
        return nil
    }

    private static func bucket(of value: UInt64) -> Int {
        guard value >> bits > 0 else { return Int(value) }
        let shift = UInt64.bitWidth - 1 - value.leadingZeroBitCount - bits
        return (shift << bits) + Int(value >> UInt64(shift))
    }

    private static func middle(of bucket: Int) -> Double {
        let shift = max(0, bucket >> bits - 1)
        let start = UInt64(bucket - shift << bits) << UInt64(shift)
        return Double(start) + Double((UInt64(1) << UInt64(shift)) - 1) / 2
    }
}
