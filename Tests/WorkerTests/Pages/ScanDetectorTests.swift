import Testing

@testable import Worker

@Suite("Scans among faults")
struct ScanDetectorTests {
    private typealias Window = ScanDetector.Window

    /// Lets faults happen as a program would that touches `ranks` one after another, of a thousand pages.
    private func windows(_ ranks: some Sequence<Int>, limit: Int = 256) -> [Window] {
        var detector = ScanDetector()
        var isBrought = Array(repeating: false, count: 1000)
        return ranks.compactMap { rank in
            guard !isBrought[rank] else { return nil }
            let window = detector.window(atFault: rank, isBrought: isBrought, limit: limit)
            for place in 0..<window.count where isBrought.indices.contains(rank + place * window.step) {
                isBrought[rank + place * window.step] = true
            }
            return window
        }
    }

    @Test("the window doubles with each fault from the fourth on, up to the limit", arguments: [1, -1, 3, -16])
    func doubling(step: Int) {
        let ranks = stride(from: step > 0 ? 0 : 999, to: step > 0 ? 1000 : -1, by: step)
        let counts = windows(ranks, limit: 16).map(\.count)
        let expected = [1, 1, 1, 2, 4, 8, 16, 16, 16, 16]
        #expect(Array(counts.prefix(expected.count)) == Array(expected.prefix(counts.count)))
        #expect(windows(ranks).dropFirst().allSatisfy { $0.step == step })
    }

    @Test("several scans go on side by side")
    func sideBySide() {
        let ranks = (0..<100).flatMap { [$0, 900 - $0, 300 + 2 * $0] }
        #expect(
            windows(ranks).map(\.count) == [
                1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64,
            ])
    }

    @Test("pages that are far apart are no scan, nor are steps that change")
    func noScan() {
        #expect(windows((0..<59).map { $0 * 17 }).allSatisfy { $0.count == 1 })
        #expect(windows([0, 1, 3, 7, 15, 14, 31, 29, 25]).allSatisfy { $0.count == 1 })
    }

    @Test("a scan goes over pages that are here already")
    func over() {
        var detector = ScanDetector()
        var isBrought = Array(repeating: false, count: 100)
        for rank in 3..<40 { isBrought[rank] = true }
        for (rank, count) in [(0, 1), (1, 1), (2, 1), (40, 2), (41, 4)] {
            #expect(
                detector.window(atFault: rank, isBrought: isBrought, limit: 8)
                    == Window(step: rank == 0 ? 0 : 1, count: count))
            isBrought[rank] = true
        }
    }
}
