/// The worker slots that wait for work, and which of them is to have it: rather the one whose worker ran the same program
/// last and still knows it; else the one that ran something last, which is the warmest.
///
/// A pure value; who calls it keeps it to one thread at a time.
struct WaitingSlots {
    /// In the order in which they ran something last.
    private var waiting: [Int] = []
    /// Where each program ran last. A worker that was replaced since is no better than another, and no worse.
    private var last: [Lane: Int] = [:]

    private static let lastLimit = 10_000

    var isEmpty: Bool { waiting.isEmpty }

    /// The slot whose worker has run something last.
    var warmest: Int? { waiting.last }

    /// The slot whose worker has run nothing for longest.
    var coldest: Int? { waiting.first }

    func contains(where isWanted: (Int) -> Bool) -> Bool { waiting.contains(where: isWanted) }

    /// - Parameter hasRun: whether the slot's worker has run something since the slot waited last.
    mutating func add(_ slot: Int, hasRun: Bool) { waiting.insert(slot, at: hasRun ? waiting.endIndex : 0) }

    mutating func remove(_ slot: Int) { waiting.removeAll { $0 == slot } }

    /// Whether the slot's worker ran the lane's program last.
    func knows(_ slot: Int, _ lane: Lane) -> Bool { last[lane] == slot }

    /// Whether a slot waits whose worker ran the lane's program last.
    func know(_ lane: Lane) -> Bool { last[lane].map { waiting.contains($0) } ?? false }

    /// Takes the slot for a piece of work of the lane; nil if none waits.
    mutating func take(for lane: Lane) -> Int? {
        let known = last[lane].flatMap { waiting.firstIndex(of: $0) }
        guard let place = known ?? waiting.indices.last else { return nil }
        return take(at: place, for: lane)
    }

    /// Takes the warmest slot, whatever its worker knows; nil if none waits.
    mutating func takeWarmest(for lane: Lane) -> Int? {
        waiting.indices.last.map { take(at: $0, for: lane) }
    }

    private mutating func take(at place: Int, for lane: Lane) -> Int {
        let slot = waiting.remove(at: place)
        note(slot, for: lane)
        return slot
    }

    /// The slot's worker runs the lane's program next.
    mutating func note(_ slot: Int, for lane: Lane) {
        guard case .program = lane else { return }
        if last.count >= Self.lastLimit { last.removeAll() }
        last[lane] = slot
    }
}
