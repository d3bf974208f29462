/// Lets through so many a second on average, and at once as many as have gathered in a second, but one at least.
struct TokenBucket {
    private var level: Double
    private var filledAt: ContinuousClock.Instant

    init(rate: Double, now: ContinuousClock.Instant) {
        level = max(rate, 1)
        filledAt = now
    }

    /// - Parameter rate: how many a second; it may be another one each time.
    /// - Returns: nil if one is let through, else after how long one would be.
    mutating func take(rate: Double, now: ContinuousClock.Instant) -> Duration? {
        level = min(level + (now - filledAt) / .seconds(1) * rate, max(rate, 1))
        filledAt = now
        guard level < 1 else {
            level -= 1
            return nil
        }
        return .seconds((1 - level) / rate)
    }
}
