/// Values by key, of which those used least recently are forgotten when there are too many or they are too large.
struct LeastRecentlyUsed<Key: Hashable, Value> {
    private struct Entry {
        let value: Value
        let size: Int
        var lastUse: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var size = 0
    private var uses: UInt64 = 0
    private let countLimit: Int
    private let sizeLimit: Int

    /// - Parameter sizeLimit: of all values together, in the unit of their sizes.
    init(countLimit: Int, sizeLimit: Int) {
        self.countLimit = countLimit
        self.sizeLimit = sizeLimit
    }

    mutating func value(for key: Key) -> Value? {
        uses += 1
        entries[key]?.lastUse = uses
        return entries[key]?.value
    }

    mutating func set(_ value: Value, for key: Key, size: Int) {
        remove(key)
        guard size <= sizeLimit else { return }
        uses += 1
        entries[key] = Entry(value: value, size: size, lastUse: uses)
        self.size += size
        while entries.count > countLimit || self.size > sizeLimit,
            let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            remove(oldest.key)
        }
    }

    mutating func remove(_ key: Key) {
        size -= entries.removeValue(forKey: key)?.size ?? 0
    }
}
