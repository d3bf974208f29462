/// Where a program's accesses go: a few pages again and again, for it is their history that is charged by.
struct MemoryLayout {
    /// In Wasm pages.
    let size: UInt32
    /// What memory may grow by, in Wasm pages.
    let room: UInt32
    /// In Wasm pages.
    let stackEnd: UInt32
    /// Whether the program begins with growing by the whole room.
    let growsFirst: Bool
    /// Gear pages that accesses prefer.
    private let favourites: [Int]

    init(size: UInt32, room: UInt32, stackEnd: UInt32, growsFirst: Bool, random: inout RandomSource) {
        self.size = size
        self.room = room
        self.stackEnd = stackEnd
        self.growsFirst = growsFirst
        let count = max(1, Int(size + (growsFirst ? room : 0)) * 4)
        var favourites = (0..<random.within(1...4)).map { _ in random.below(count) }
        // The pages at both sides of the stack end and the last one are where mistakes are.
        if stackEnd > 0, random.chance(70) { favourites += [Int(stackEnd) * 4 - 1, Int(stackEnd) * 4] }
        if random.chance(30) { favourites.append(count - 1) }
        self.favourites = favourites
    }

    /// Gear pages of the memory that the program works on.
    var pageCount: Int { Int(size + (growsFirst ? room : 0)) * 4 }

    var byteCount: UInt64 { UInt64(pageCount * StoredPage.size) }

    /// An address, mostly at a page's beginning or end, behind which so many bytes are inside memory.
    func place(width: Int, _ random: inout RandomSource) -> UInt64 {
        let place = place(&random)
        return min(place, byteCount - min(byteCount, UInt64(width)))
    }

    private func place(_ random: inout RandomSource) -> UInt64 {
        let page = random.chance(85) ? random.pick(favourites) : random.below(max(1, pageCount))
        let within =
            switch random.below(6) {
            case 0: 0
            case 1: random.below(16)
            case 2: StoredPage.size - 1
            case 3, 4: StoredPage.size - random.within(1...16)
            default: random.below(StoredPage.size)
            }
        return UInt64(page * StoredPage.size + within)
    }

    /// An address at the end of memory or behind it.
    func placeOutside(width: Int, _ random: inout RandomSource) -> UInt64 {
        switch random.below(8) {
        case 0: UInt64(UInt32.max)
        case 1: UInt64(UInt32.max) + UInt64(random.below(1 << 26))
        case 2: byteCount + UInt64(random.below(1 << 20))
        case 3: byteCount
        default: byteCount &- UInt64(random.below(width + 2)) & UInt64(UInt32.max)
        }
    }
}
