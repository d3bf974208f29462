import Pages

/// The stored pages that the runs of one entry load, as far as the last runs tell.
struct WorkingSet {
    /// Pages in the order in which they were loaded first.
    final class Order {
        let pages: [PageNumber]
        private let members: PageSet

        init(_ pages: [PageNumber]) {
            self.pages = pages
            var members = PageSet(capacity: pages.max().map { Int($0.rawValue) + 1 } ?? 0)
            for page in pages { members.insert(page) }
            self.members = members
        }

        func contains(_ page: PageNumber) -> Bool { members.contains(page) }
    }

    /// What the last run loaded.
    let loaded: Order
    /// What the next one is expected to load.
    let expected: Order
    /// Whether two runs in a row loaded the expected pages.
    let isConfirmed: Bool

    /// What is known after the first run that loaded anything: the next is expected to be like it.
    /// - Returns: nil if this one loaded nothing.
    init?(first loaded: [PageNumber]) {
        guard !loaded.isEmpty else { return nil }
        self.loaded = Order(loaded)
        expected = self.loaded
        isConfirmed = false
    }

    private init(loaded: Order, expected: Order) {
        self.loaded = loaded
        self.expected = expected
        isConfirmed = true
    }

    /// What is known after one more run. Where it was like the run before, the next is expected to be like it, too;
    /// else only the pages that both of them loaded are expected, if those are more than runs have in common by chance.
    /// - Parameter stored: how many pages there are to be loaded.
    func after(_ pages: [PageNumber], stored: Int) -> WorkingSet? {
        if loaded.pages.isEmpty { return WorkingSet(first: pages) }
        if pages == loaded.pages { return WorkingSet(loaded: loaded, expected: loaded) }
        let common = pages.filter { loaded.contains($0) }
        let now = Order(pages)
        let isAlike = 2 * common.count >= max(pages.count, loaded.pages.count)
        if isAlike { return WorkingSet(loaded: now, expected: now) }
        let isChance = common.count * stored <= 2 * pages.count * loaded.pages.count
        return WorkingSet(loaded: now, expected: Order(isChance ? [] : common))
    }

    /// About how much memory it takes, in bytes.
    var size: Int {
        let lists = loaded === expected ? [loaded] : [loaded, expected]
        return lists.reduce(0) { $0 + 64 + 5 * $1.pages.count + Int(($1.pages.max()?.rawValue ?? 0) / 8) }
    }
}

/// Where a run is within the working set that is expected of it.
struct WorkingSetProgress {
    private let set: WorkingSet?
    /// The most pages that one query brings.
    private let limit: Int
    /// Where in the expected pages the next fault is awaited.
    private var next = 0
    private var isFirstFault = true
    private var brought = 0
    private var used = 0

    init(_ set: WorkingSet?, limit: Int) {
        self.set = limit > 0 ? set : nil
        self.limit = limit
    }

    /// The part of the working set that a fault calls for, with the page of the fault; nil if it calls for none.
    ///
    /// A set seen once is called for by its first page alone, when the run begins with it; one that was confirmed, by
    /// any of its pages. No further part is brought while most of what was brought lies unused.
    mutating func part(atFault page: PageNumber) -> ArraySlice<PageNumber>? {
        defer { isFirstFault = false }
        guard let set, 2 * used >= brought, let place = place(of: page, in: set) else { return nil }
        let pages = set.expected.pages
        let first = place / limit * limit
        next = min(first + limit, pages.count)
        return pages[first..<next]
    }

    private func place(of page: PageNumber, in set: WorkingSet) -> Int? {
        let pages = set.expected.pages
        if next < pages.count, pages[next] == page, next > 0 || isFirstFault { return next }
        return set.isConfirmed && set.expected.contains(page) ? pages.firstIndex(of: page) : nil
    }

    mutating func noteBrought(_ count: Int) { brought += count }

    mutating func noteUse() { used += 1 }
}
