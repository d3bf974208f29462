/// For which share of the time something is so.
struct TimeShare {
    typealias Instant = ContinuousClock.Instant

    /// When it was asked last, and how long it has been so since, before the time that runs now.
    private var asked: Instant
    private var before = Duration.zero
    private var since: Instant?

    /// It is so from `moment` on.
    init(from moment: Instant = .now) {
        asked = moment
        since = moment
    }

    mutating func begin(at moment: Instant = .now) { since = since ?? moment }

    mutating func end(at moment: Instant = .now) {
        guard let since else { return }
        before += moment - since
        self.since = nil
    }

    /// Of the time since this was asked last, 0 to 1.
    mutating func take(at moment: Instant = .now) -> Double {
        if since != nil {
            end(at: moment)
            since = moment
        }
        let passed = moment - asked
        let share = passed > .zero ? before / passed : since == nil ? 0 : 1
        (asked, before) = (moment, .zero)
        return share
    }
}
