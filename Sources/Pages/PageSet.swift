/// A set of page numbers as a bitmap of fixed capacity, so that inserting never allocates: the fault handler does it.
public struct PageSet: ~Copyable {
    @usableFromInline let words: UnsafeMutablePointer<UInt64>
    @usableFromInline let wordCount: Int
    /// Words in use are within this range, so that listing costs what was inserted.
    @usableFromInline var firstUsed: Int
    @usableFromInline var endUsed: Int

    /// Pages in the set.
    public private(set) var count = 0

    /// - Parameter capacity: pages are numbered 0 to `capacity − 1`.
    public init(capacity: Int) {
        wordCount = (capacity + 63) / 64
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
        firstUsed = wordCount
        endUsed = 0
    }

    deinit { words.deallocate() }

    /// False for a page beyond the capacity.
    @inlinable
    public func contains(_ page: PageNumber) -> Bool {
        let word = Int(page.rawValue >> 6)
        return word < wordCount && words[word] & (1 << UInt64(page.rawValue & 63)) != 0
    }

    /// Returns whether the page was new in the set. The page must be below the capacity.
    @discardableResult
    public mutating func insert(_ page: PageNumber) -> Bool {
        let word = Int(page.rawValue >> 6)
        let bit = UInt64(1) << UInt64(page.rawValue & 63)
        precondition(word < wordCount)
        guard words[word] & bit == 0 else { return false }
        words[word] |= bit
        firstUsed = min(firstUsed, word)
        endUsed = max(endUsed, word + 1)
        count += 1
        return true
    }

    /// The pages in ascending order.
    public func ascending() -> [PageNumber] {
        var pages: [PageNumber] = []
        pages.reserveCapacity(count)
        forEach { pages.append($0) }
        return pages
    }

    /// Calls `body` with each page in ascending order.
    public func forEach(_ body: (PageNumber) -> Void) {
        var word = firstUsed
        while word < endUsed {
            var bits = words[word]
            while bits != 0 {
                body(PageNumber(UInt32(word * 64 + bits.trailingZeroBitCount)))
                bits &= bits - 1
            }
            word += 1
        }
    }
}
