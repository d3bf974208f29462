import Pages

/// Pages of a program that one query has brought, as of the version it was asked for. They stay in memory as long as the
/// batch does.
public protocol PageBatch: AnyObject {
    /// Copies a page to `buffer`, which holds exactly one page, and answers what `Storage.readPage` would have answered
    /// at the time of the query. A page that the query did not ask for is not stored.
    func read(_ page: PageNumber, into buffer: UnsafeMutableRawBufferPointer) -> PageRead
}

/// Which row of a query's answer holds which page.
struct PageRows {
    private let pages: [(page: PageNumber, row: Int)]

    init(_ pages: some Sequence<PageNumber>) {
        // The order of rows is the storage's own, as a rule ascending already.
        self.pages = pages.enumerated().map { ($1, $0) }.sorted { $0.page < $1.page }
    }

    /// Nil if no row holds the page.
    func row(of page: PageNumber) -> Int? {
        var (low, high) = (0, pages.count)
        while low < high {
            let middle = (low + high) / 2
            if pages[middle].page < page { low = middle + 1 } else { high = middle }
        }
        return low < pages.count && pages[low].page == page ? pages[low].row : nil
    }
}
