import Foundation
import Testing

@testable import API

@Suite("The histogram of latencies")
struct LatencyHistogramTests {
    /// The value that so large a share of all does not exceed.
    private func exact(_ share: Double, of values: [UInt64]) -> Double {
        Double(values.sorted()[max(1, Int((share * Double(values.count)).rounded(.up))) - 1])
    }

    @Test(
        "percentiles are those of the values themselves, within 1/32",
        arguments: [1, 2, 7, 100, 5000], [0...20, 0...1000, 900...1_100, 0...60_000_000, 5...(1 << 60)])
    func percentiles(count: Int, range: ClosedRange<UInt64>) {
        // Even over the orders of magnitude, as latencies are.
        let ends = (log(Double(range.lowerBound) + 1), log(Double(range.upperBound) + 1))
        let values = (0..<count).map { _ in UInt64(exp(.random(in: ends.0...ends.1)) - 1) }
        var histogram = LatencyHistogram()
        for value in values { histogram.add(value) }
        for share in [0.01, 0.5, 0.9, 0.95, 0.99, 1] {
            let expected = exact(share, of: values)
            let found = histogram.percentile(share) ?? -1
            #expect(abs(found - expected) <= expected / 32, "\(share) of \(count) values in \(range)")
        }
    }

    @Test("every value is found again within 1/32, also at the bounds of buckets")
    func bounds() throws {
        for shift in 0..<64 {
            for near in [-1, 0, 1] as [Int64] {
                guard let value = UInt64(exactly: Int64(bitPattern: 1 << UInt64(shift)).addingReportingOverflow(near).0)
                else { continue }
                var histogram = LatencyHistogram()
                histogram.add(value)
                let found = try #require(histogram.percentile(1))
                #expect(abs(found - Double(value)) <= Double(value) / 32)
            }
        }
    }

    @Test("two together are as one that has all values, in whatever order they come")
    func sum() {
        let (few, many) = ([3, 70_000] as [UInt64], (0..<300).map { UInt64($0 * $0 * 40) })
        var (left, right, all) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for value in few { left.add(value) }
        for value in many { right.add(value) }
        for value in (many + few).shuffled() { all.add(value) }
        right.add(left)
        #expect(right == all)
        #expect(right.total == 302)
    }

    @Test("of nothing there is no percentile")
    func empty() { #expect(LatencyHistogram().percentile(0.5) == nil) }
}
