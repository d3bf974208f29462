/// Where an item queues.
enum Lane: Hashable, Sendable {
    case program(String)
    case uploads
}

/// Who goes next: items of one program strictly in order and one at a time, programs side by side and by turns, so that
/// a busy program never holds up the others. Uploads take turns as one program would, but run side by side.
///
/// A pure value; who calls it keeps it to one thread at a time.
struct JobQueue<Item> {
    private struct Line {
        var items = Fifo<Item>()
        /// The lane's next item must wait for the end of the one that was taken.
        var isBusy = false
    }

    private var lines: [Lane: Line] = [:]
    /// Lanes with an item that can be taken, each once, in the order of their turns.
    private var turns = Fifo<Lane>()
    /// Items that were not taken yet.
    private(set) var waiting = 0
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Whether there is an item that can be taken now.
    var hasTurn: Bool { !turns.isEmpty }

    /// - Returns: false, and leaves the item out, when `limit` items are waiting.
    mutating func append(_ item: Item, to lane: Lane) -> Bool {
        guard waiting < limit else { return false }
        var line = lines.removeValue(forKey: lane) ?? Line()
        if line.items.isEmpty, !line.isBusy { turns.append(lane) }
        line.items.append(item)
        lines[lane] = line
        waiting += 1
        return true
    }

    /// Takes the item whose turn it is; `finished(_:)` or `putBack(_:to:)` must follow.
    mutating func next() -> (item: Item, lane: Lane)? {
        guard let lane = turns.popFirst(), var line = lines.removeValue(forKey: lane),
            let item = line.items.popFirst()
        else { return nil }
        waiting -= 1
        line.isBusy = lane != .uploads
        if !line.items.isEmpty, !line.isBusy { turns.append(lane) }
        if line.isBusy || !line.items.isEmpty { lines[lane] = line }
        return (item, lane)
    }

    /// The lane's item has come to its end.
    mutating func finished(_ lane: Lane) {
        guard lane != .uploads, var line = lines.removeValue(forKey: lane) else { return }
        line.isBusy = false
        guard !line.items.isEmpty else { return }
        turns.append(lane)
        lines[lane] = line
    }

    /// The item was not begun: it is the next one again.
    mutating func putBack(_ item: Item, to lane: Lane) {
        var line = lines.removeValue(forKey: lane) ?? Line()
        if line.isBusy || line.items.isEmpty { turns.prepend(lane) }
        line.isBusy = false
        line.items.prepend(item)
        lines[lane] = line
        waiting += 1
    }

    /// Empties the queue; what was taken is still to be finished.
    mutating func removeAll() -> [Item] {
        var items: [Item] = []
        for lane in Array(lines.keys) {
            while let item = lines[lane]?.items.popFirst() { items.append(item) }
        }
        lines = lines.filter(\.value.isBusy)
        turns = Fifo()
        waiting = 0
        return items
    }
}
