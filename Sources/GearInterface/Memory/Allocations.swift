import Pages

/// Which WebAssembly pages of a program's memory are allocated: all but the holes.
struct Allocations {
    private(set) var holes: PageHoles
    let staticPages: UInt32
    let maximum: UInt32

    init(holes: PageHoles, staticPages: UInt32, maximum: UInt32) {
        self.holes = holes
        self.staticPages = staticPages
        self.maximum = maximum
    }

    /// Where so many pages can be had.
    struct Place: Equatable {
        let first: UInt32
        /// Pages that the memory lacks.
        let missing: UInt32
    }

    /// The lowest place for the pages: in a hole, or from where the memory's last allocated page ends.
    /// - Returns: nil if the memory cannot hold them.
    func place(for count: UInt32, memorySize: UInt32) -> Place? {
        if let first = holes.lowest(holding: count) { return Place(first: first, missing: 0) }
        var first = memorySize
        if let last = holes.intervals.last, last.upperBound == memorySize { first = last.lowerBound }
        let (end, overflow) = first.addingReportingOverflow(count)
        guard !overflow, end <= maximum else { return nil }
        return Place(first: first, missing: end - memorySize)
    }

    /// The memory is as large as the place needs it.
    mutating func allocate(_ place: Place, count: UInt32) { holes.remove(place.first..<place.first + count) }

    /// - Returns: whether the page was allocated and can be freed.
    mutating func free(_ page: UInt32, memorySize: UInt32) -> Bool {
        guard page >= staticPages, page < memorySize, !holes.contains(page) else { return false }
        holes.insert(page..<page + 1)
        return true
    }

    /// Frees what is allocated of the pages from the first to the last.
    /// - Returns: whether they are pages that a program can have, which says nothing of whether it has them.
    mutating func free(_ first: UInt32, through last: UInt32, memorySize: UInt32) -> Bool {
        guard first <= last, first >= staticPages, last < maximum else { return false }
        if first < memorySize { holes.insert(first..<min(last + 1, memorySize)) }
        return true
    }
}
