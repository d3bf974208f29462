/// WebAssembly pages that a program has given back: disjoint intervals in ascending order, no two of which touch.
/// Every other page of the memory is allocated, whoever brought it there.
public struct PageHoles: Equatable, Sendable {
    public private(set) var intervals: [Range<UInt32>]

    public init() { intervals = [] }

    public var isEmpty: Bool { intervals.isEmpty }

    /// Pages in all holes.
    public var pageCount: Int { intervals.reduce(0) { $0 + $1.count } }

    public func contains(_ page: UInt32) -> Bool {
        let index = firstIndex(endingAfter: page)
        return index < intervals.count && intervals[index].contains(page)
    }

    /// Adds pages, which may be in holes already.
    public mutating func insert(_ pages: Range<UInt32>) {
        guard !pages.isEmpty else { return }
        // The intervals that overlap the pages, or touch them.
        let first = pages.lowerBound == 0 ? 0 : firstIndex(endingAfter: pages.lowerBound - 1)
        var last = first
        var merged = pages
        while last < intervals.count, intervals[last].lowerBound <= pages.upperBound {
            merged =
                min(merged.lowerBound, intervals[last].lowerBound)..<max(merged.upperBound, intervals[last].upperBound)
            last += 1
        }
        intervals.replaceSubrange(first..<last, with: [merged])
    }

    /// Takes pages out, which need not be in holes.
    public mutating func remove(_ pages: Range<UInt32>) {
        guard !pages.isEmpty else { return }
        let first = firstIndex(endingAfter: pages.lowerBound)
        var last = first
        var rest: [Range<UInt32>] = []
        while last < intervals.count, intervals[last].lowerBound < pages.upperBound {
            let hole = intervals[last]
            if hole.lowerBound < pages.lowerBound { rest.append(hole.lowerBound..<pages.lowerBound) }
            if hole.upperBound > pages.upperBound { rest.append(pages.upperBound..<hole.upperBound) }
            last += 1
        }
        intervals.replaceSubrange(first..<last, with: rest)
    }

    /// The first page of the lowest hole that holds so many pages; nil if none does.
    public func lowest(holding count: UInt32) -> UInt32? {
        intervals.first { $0.count >= Int(count) }?.lowerBound
    }

    private func firstIndex(endingAfter page: UInt32) -> Int {
        var (low, high) = (0, intervals.count)
        while low < high {
            let middle = (low + high) / 2
            if intervals[middle].upperBound > page { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension PageHoles {
    private static let bytesPerInterval = 8

    /// For the storage: of each hole the first page and the page behind the last, as 4 little-endian bytes each.
    public var encoded: [UInt8] {
        intervals.flatMap { [$0.lowerBound, $0.upperBound] }
            .flatMap { page in (0..<4).map { UInt8(truncatingIfNeeded: page >> ($0 * 8)) } }
    }

    /// Nil unless the bytes are what ``encoded`` gives for pages of a 32-bit memory.
    public init?(encoded bytes: [UInt8]) {
        guard bytes.count.isMultiple(of: Self.bytesPerInterval) else { return nil }
        func page(at offset: Int) -> UInt32 {
            bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        var intervals: [Range<UInt32>] = []
        for offset in stride(from: 0, to: bytes.count, by: Self.bytesPerInterval) {
            let (start, end) = (page(at: offset), page(at: offset + 4))
            if let last = intervals.last, start <= last.upperBound { return nil }
            guard start < end, end <= UInt32(PageSize.wasmPagesInAddressSpace) else { return nil }
            intervals.append(start..<end)
        }
        self.intervals = intervals
    }
}
