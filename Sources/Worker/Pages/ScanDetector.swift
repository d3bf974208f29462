/// Finds scans among the faults of one execution: several at a time, up or down, with steps of any length up to a limit.
///
/// Pages are given by their rank among the stored ones, so that gaps between stored pages are no steps.
struct ScanDetector {
    private struct Scan {
        var last: Int
        /// 0 until a second fault shows it.
        var step = 0
        var faults = 0
        var window = 1
    }

    /// What to fetch: the page of the fault and those behind it, `step` apart.
    struct Window: Equatable {
        var step: Int
        /// With the page of the fault.
        var count: Int
    }

    /// The one continued last is at the end.
    private var scans: [Scan] = []

    private static let scanLimit = 4
    private static let longestStep = 16
    /// Fewer pages at equal distances are no scan yet: a job that touches three pages has three fetched.
    private static let faultsOfScan = 3

    /// From the fourth of several faults at equal distances on, the window doubles with each.
    /// - Parameters:
    ///   - isBrought: by rank, pages that are here already: a scan goes over them without a fault.
    ///   - limit: the largest window that is allowed this time.
    mutating func window(atFault rank: Int, isBrought: [Bool], limit: Int) -> Window {
        var scan = takeScan(reaching: rank, isBrought) ?? Scan(last: rank)
        if scan.step == 0 {
            scan.step = rank - scan.last
        } else if scan.faults >= Self.faultsOfScan {
            scan.window = max(1, min(2 * scan.window, limit))
        }
        scan.last = rank
        scan.faults += 1
        if scans.count == Self.scanLimit { scans.removeFirst() }
        scans.append(scan)
        return Window(step: scan.step, count: scan.window)
    }

    private mutating func takeScan(reaching rank: Int, _ isBrought: [Bool]) -> Scan? {
        for index in scans.indices.reversed() where scans[index].step != 0 {
            // Written back, so that the same pages are not gone over again.
            scans[index].last = Self.last(before: scans[index], isBrought)
            if scans[index].last + scans[index].step == rank { return scans.remove(at: index) }
        }
        let begun = scans.lastIndex { $0.step == 0 && abs($0.last - rank) <= Self.longestStep }
        return begun.map { scans.remove(at: $0) }
    }

    /// The last page on a scan's way before one that is not here.
    private static func last(before scan: Scan, _ isBrought: [Bool]) -> Int {
        var last = scan.last
        while isBrought.indices.contains(last + scan.step), isBrought[last + scan.step] { last += scan.step }
        return last
    }
}
