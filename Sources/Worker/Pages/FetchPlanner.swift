import Pages

/// What is to be fetched at one fault.
struct FetchPlan: Equatable {
    enum Reason {
        case workingSet, scan
    }

    /// Ascending; the page of the fault is among them.
    var pages: [PageNumber]
    /// Why there are others beside it.
    var reason: Reason
}

/// Decides at each fault which stored pages to fetch, from the faults of this execution and the working set of its
/// entry. A pure value, told of everything that happens.
struct FetchPlanner {
    private let prefetch: Prefetch
    /// Ascending.
    private var stored: [PageNumber] = []
    /// Ranks of the pages that may be brought along.
    private var range = 0..<0
    /// By rank: what was fetched, and has not been dropped unused.
    private var isBrought: [Bool] = []
    private var progress = WorkingSetProgress(nil, limit: 0)
    private var scans = ScanDetector()
    private var faults = 0
    /// Of pages that scans brought along.
    private var (brought, used) = (0, 0)

    init(_ prefetch: Prefetch) { self.prefetch = prefetch }

    /// An execution begins.
    /// - Parameters:
    ///   - stored: all pages that the store has, ascending.
    ///   - pages: what may be brought along of them: pages behind the stack and within the memory.
    mutating func begin(stored: [PageNumber], within pages: Range<PageNumber>, workingSet: WorkingSet?) {
        self.stored = stored
        range = stored.rank(of: pages.lowerBound)..<stored.rank(of: pages.upperBound)
        isBrought.removeAll(keepingCapacity: true)
        isBrought.append(contentsOf: repeatElement(false, count: stored.count))
        progress = WorkingSetProgress(workingSet, limit: prefetch.workingSetPages)
        scans = ScanDetector()
        (faults, brought, used) = (0, 0, 0)
    }

    /// What to fetch now that a page is needed which is not here.
    mutating func plan(atFault page: PageNumber) -> FetchPlan {
        let rank = stored.rank(of: page)
        guard prefetch != .off, range.contains(rank), stored[rank] == page else {
            return FetchPlan(pages: [page], reason: .scan)
        }
        faults += 1
        if let part = progress.part(atFault: page) {
            isBrought[rank] = true
            // What was loaded once may not be stored any more.
            let others = bring(part.lazy.filter(stored.containsSorted).map(stored.rank))
            progress.noteBrought(others.count)
            return FetchPlan(pages: (others + [page]).sorted(), reason: .workingSet)
        }
        let limit = min(prefetch.scanWindow, 1 + allowance)
        let window = scans.window(atFault: rank, isBrought: isBrought, limit: limit)
        isBrought[rank] = true
        let others = bring((1..<max(1, window.count)).lazy.map { rank + $0 * window.step })
        brought += others.count
        return FetchPlan(pages: (others + [page]).sorted(), reason: .scan)
    }

    /// How many pages scans may bring along at once, so that the unused ones are never many more than the used ones, nor
    /// cost much beside the faults themselves: a scan is known to be one only by what comes of it.
    private var allowance: Int { 8 + used + faults / 16 - (brought - used) }

    /// Those of the pages that may be brought along and are not here yet; they count as brought from now on.
    private mutating func bring(_ ranks: some Sequence<Int>) -> [PageNumber] {
        var pages: [PageNumber] = []
        for rank in ranks where range.contains(rank) && !isBrought[rank] {
            isBrought[rank] = true
            pages.append(stored[rank])
        }
        return pages
    }

    /// A page that was brought along is needed.
    mutating func noteUse(_ reason: FetchPlan.Reason) {
        switch reason {
        case .workingSet: progress.noteUse()
        case .scan: used += 1
        }
    }

    /// Pages that were brought along are no longer here.
    mutating func noteDropped(_ pages: some Sequence<PageNumber>) {
        for page in pages { isBrought[stored.rank(of: page)] = false }
    }
}
