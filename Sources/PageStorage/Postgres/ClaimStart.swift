/// Where a server's next claim begins in the order in which lanes have waited.
///
/// Of lanes that were claimed the index keeps dead entries until a vacuum, which every claim would go over again. A claim
/// therefore begins where the last one ended, if that was full. A lane may become visible before that place, since it gets
/// its turn before its transaction is done, and one that was locked may be let go: so the queue is looked at from its
/// beginning again once a second, and whenever a claim finds less than it was asked for.
struct ClaimStart {
    static let beginning = Int64.min
    private static let longest = Duration.seconds(1)

    private var server: ServerID?
    private var place = beginning
    private var beganAt = ContinuousClock.now

    mutating func next(for server: ServerID) -> Int64 {
        if self.server != server || .now - beganAt >= Self.longest { place = Self.beginning }
        self.server = server
        if place == Self.beginning { beganAt = .now }
        return place
    }

    /// - Parameters:
    ///   - last: the last lane that the claim found.
    ///   - isFull: whether it found as many as were asked for.
    mutating func note(_ last: Int64?, isFull: Bool) { place = isFull ? last ?? Self.beginning : Self.beginning }
}
