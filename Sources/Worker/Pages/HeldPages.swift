import PageStorage
import Pages

/// The pages that were brought along and are not needed yet, bounded: what was brought first goes first.
struct HeldPages {
    private struct Batch {
        let content: any PageBatch
        let plan: FetchPlan
        /// Beside each of the plan's pages.
        var isTaken: [Bool]
        var left: Int
    }

    private var batches: [Batch] = []
    /// Of all batches, with the pages that were taken: a batch gives up its memory as a whole.
    private var count = 0

    private static let batchLimit = 16
    /// 32 MiB.
    private static let pageLimit = 2048

    /// Takes a page out, if it is here.
    /// - Returns: what came of reading it, and why it was brought along.
    mutating func take(
        _ page: PageNumber, into buffer: UnsafeMutableRawBufferPointer
    ) -> (PageRead, FetchPlan.Reason)? {
        for index in batches.indices.reversed() {
            let pages = batches[index].plan.pages
            let place = pages.rank(of: page)
            guard place < pages.count, pages[place] == page, !batches[index].isTaken[place] else { continue }
            let read = batches[index].content.read(page, into: buffer)
            let reason = batches[index].plan.reason
            batches[index].isTaken[place] = true
            batches[index].left -= 1
            if batches[index].left == 0 { count -= batches.remove(at: index).plan.pages.count }
            return (read, reason)
        }
        return nil
    }

    /// Keeps the pages of a plan.
    /// - Returns: pages that had to go for them.
    mutating func add(_ content: any PageBatch, _ plan: FetchPlan) -> [PageNumber] {
        var dropped: [PageNumber] = []
        while !batches.isEmpty, batches.count == Self.batchLimit || count + plan.pages.count > Self.pageLimit {
            let oldest = batches.removeFirst()
            count -= oldest.plan.pages.count
            dropped += zip(oldest.plan.pages, oldest.isTaken).lazy.filter { !$1 }.map { $0.0 }
        }
        let isTaken = Array(repeating: false, count: plan.pages.count)
        batches.append(Batch(content: content, plan: plan, isTaken: isTaken, left: plan.pages.count))
        count += plan.pages.count
        return dropped
    }

    mutating func removeAll() {
        batches.removeAll(keepingCapacity: true)
        count = 0
    }
}
