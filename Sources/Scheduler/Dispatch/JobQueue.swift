import PageStorage

/// Where an item queues.
enum Lane: Hashable, Sendable {
    case program(ProgramKey)
    case uploads
}

/// Who goes next: items of one program strictly in order and one at a time, programs side by side and by turns, so that
/// a busy program never holds up the others. Uploads take turns as one program would, but several run side by side.
///
/// A pure value; who calls it keeps it to one thread at a time.
struct JobQueue<Item> {
    private struct Line {
        var items = Fifo<Item>()
        /// Items that were taken and have not come to their end.
        var running = 0
    }

    private struct Turn {
        let lane: Lane
        /// After how many items it is not overtaken any more.
        let isDueAfter: Int
    }

    private var lines: [Lane: Line] = [:]
    /// Lanes with an item that can be taken, each once, in the order of their turns.
    private var turns = Fifo<Turn>()
    /// Items that were ever taken.
    private var taken = 0
    /// Items that were not taken yet.
    private(set) var waiting = 0
    let limit: Int
    private let uploadsAtOnce: Int

    /// - Parameters:
    ///   - limit: how many items may wait.
    ///   - uploadsAtOnce: how many uploads run side by side: fewer than there are workers, and uploads that take long
    ///     never hold up all jobs.
    init(limit: Int, uploadsAtOnce: Int = .max) {
        self.limit = limit
        self.uploadsAtOnce = uploadsAtOnce
    }

    /// Whether one more item of the lane may run.
    private func hasRoom(_ line: Line, in lane: Lane) -> Bool {
        line.running < (lane == .uploads ? uploadsAtOnce : 1)
    }

    /// - Returns: false, and leaves the item out, when `limit` items are waiting.
    mutating func append(_ item: Item, to lane: Lane) -> Bool {
        guard waiting < limit else { return false }
        var line = lines.removeValue(forKey: lane) ?? Line()
        if line.items.isEmpty, hasRoom(line, in: lane) { appendTurn(lane) }
        line.items.append(item)
        lines[lane] = line
        waiting += 1
        return true
    }

    /// How near its turn a lane must be to be preferred to the one whose turn it is.
    private static var lookahead: Int { 16 }
    /// How many items overtake one that was there before them.
    private static var patience: Int { 64 }

    private mutating func appendTurn(_ lane: Lane) {
        turns.append(Turn(lane: lane, isDueAfter: taken + turns.count + Self.patience))
    }

    /// Takes the item whose turn it is; `finished(_:)` or `putBack(_:to:)` must follow.
    /// - Parameter isPreferred: whether a lane had better be taken now than later. It comes before others, if it is near its
    ///   turn and none of them has waited for too long.
    mutating func next(rather isPreferred: (Lane) -> Bool = { _ in false }) -> (item: Item, lane: Lane)? {
        let isDue = turns.next.map { $0.isDueAfter <= taken } ?? false
        return take(at: isDue ? 0 : turns.firstPlace(within: Self.lookahead) { isPreferred($0.lane) } ?? 0)
    }

    /// Takes the first item near its turn that is as wanted; nil if there is none. `finished(_:)` or `putBack(_:to:)` must
    /// follow.
    mutating func next(where isWanted: (Item) -> Bool) -> (item: Item, lane: Lane)? {
        let place = turns.firstPlace(within: 4 * Self.lookahead) { turn in
            lines[turn.lane]?.items.next.map(isWanted) ?? false
        }
        return place.flatMap { take(at: $0) }
    }

    private mutating func take(at place: Int) -> (item: Item, lane: Lane)? {
        guard let lane = turns.remove(at: place)?.lane, var line = lines.removeValue(forKey: lane),
            let item = line.items.popFirst()
        else { return nil }
        waiting -= 1
        taken += 1
        line.running += 1
        if !line.items.isEmpty, hasRoom(line, in: lane) { appendTurn(lane) }
        lines[lane] = line
        return (item, lane)
    }

    /// An item of the lane has come to its end.
    mutating func finished(_ lane: Lane) {
        guard var line = lines.removeValue(forKey: lane) else { return }
        let hadTurn = !line.items.isEmpty && hasRoom(line, in: lane)
        line.running -= 1
        if !line.items.isEmpty, !hadTurn { appendTurn(lane) }
        if line.running > 0 || !line.items.isEmpty { lines[lane] = line }
    }

    /// The item was not begun: it is the next one again.
    mutating func putBack(_ item: Item, to lane: Lane) {
        var line = lines.removeValue(forKey: lane) ?? Line()
        let hadTurn = !line.items.isEmpty && hasRoom(line, in: lane)
        line.running -= 1
        if !hadTurn { turns.prepend(Turn(lane: lane, isDueAfter: 0)) }
        line.items.prepend(item)
        lines[lane] = line
        waiting += 1
    }

    /// How many lanes have an item that can be taken.
    var ready: Int { turns.count }

    /// Takes programs out with all their items, the ones whose turn is last first; none of them has an item that was taken.
    mutating func removePrograms(limit: Int) -> [Item] {
        var items: [Item] = []
        var kept = Fifo<Turn>()
        var removed = 0
        let order = turns.all
        for lane in order.reversed().map(\.lane) where removed < limit {
            guard case .program = lane, var line = lines[lane], line.running == 0 else { continue }
            while let item = line.items.popFirst() {
                items.append(item)
                waiting -= 1
            }
            lines[lane] = nil
            removed += 1
        }
        for turn in order where lines[turn.lane] != nil { kept.append(turn) }
        turns = kept
        return items
    }

    /// Takes out what waits of a lane; what was taken of it is still to be finished.
    mutating func removeWaiting(of lane: Lane) -> [Item] {
        guard var line = lines[lane] else { return [] }
        var items: [Item] = []
        while let item = line.items.popFirst() { items.append(item) }
        waiting -= items.count
        lines[lane] = line.running > 0 ? line : nil
        var kept = Fifo<Turn>()
        for turn in turns.all where turn.lane != lane { kept.append(turn) }
        turns = kept
        return items
    }

    /// Empties the queue; what was taken is still to be finished.
    mutating func removeAll() -> [Item] {
        var items: [Item] = []
        for lane in Array(lines.keys) {
            while let item = lines[lane]?.items.popFirst() { items.append(item) }
        }
        lines = lines.filter { $0.value.running > 0 }
        turns = Fifo()
        waiting = 0
        return items
    }
}
