/// Says when all connections are to be looked through for deadlines that have passed.
///
/// Deadlines move with every request, so they are not kept in order: a sweep over all connections, at most every
/// `interval`, costs less than a queue that changes twice for each request.
struct DeadlineSweep {
    typealias Instant = ContinuousClock.Instant

    static let interval = Duration.milliseconds(50)

    /// When the next sweep is due; nil while there is no deadline.
    private(set) var next: Instant?
    private var notBefore: Instant?

    mutating func add(_ deadline: Instant) {
        let due = notBefore.map { max($0, deadline) } ?? deadline
        next = next.map { min($0, due) } ?? due
    }

    /// Starts a sweep if one is due; every deadline that is still to come must be added again.
    mutating func start(_ now: Instant) -> Bool {
        guard let next, next <= now else { return false }
        self.next = nil
        notBefore = now + Self.interval
        return true
    }
}
