import Pages
import Testing

@Suite struct PageHolesTests {
    private func holes(_ intervals: Range<UInt32>...) -> PageHoles {
        var holes = PageHoles()
        for interval in intervals { holes.insert(interval) }
        return holes
    }

    @Test func touchingAndOverlappingIntervalsBecomeOne() {
        #expect(holes(4..<6, 8..<9).intervals == [4..<6, 8..<9])
        #expect(holes(8..<9, 4..<6).intervals == [4..<6, 8..<9])
        #expect(holes(4..<6, 6..<8).intervals == [4..<8])
        #expect(holes(6..<8, 4..<6).intervals == [4..<8])
        #expect(holes(0..<2, 4..<6, 8..<9, 20..<21, 1..<8).intervals == [0..<9, 20..<21])
        #expect(holes(0..<1, 0..<1).intervals == [0..<1])
        #expect(holes(3..<9, 4..<5).intervals == [3..<9])
        #expect(holes(3..<3).isEmpty)
    }

    @Test func removedPagesLeaveTheRestOfAHole() {
        var holes = holes(2..<10, 12..<14)
        holes.remove(4..<6)
        #expect(holes.intervals == [2..<4, 6..<10, 12..<14])
        holes.remove(3..<7)
        #expect(holes.intervals == [2..<3, 7..<10, 12..<14])
        holes.remove(10..<12)
        holes.remove(20..<30)
        holes.remove(8..<8)
        #expect(holes.intervals == [2..<3, 7..<10, 12..<14])
        holes.remove(0..<65_536)
        #expect(holes.isEmpty)
    }

    @Test func theLowestHoleThatIsLargeEnoughIsFound() {
        let holes = holes(3..<4, 6..<9, 20..<30)
        #expect(holes.lowest(holding: 1) == 3)
        #expect(holes.lowest(holding: 2) == 6)
        #expect(holes.lowest(holding: 3) == 6)
        #expect(holes.lowest(holding: 10) == 20)
        #expect(holes.lowest(holding: 11) == nil)
        #expect(holes.pageCount == 14)
    }

    @Test func everyOperationAgreesWithASetOfPages() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var (holes, pages) = (PageHoles(), Set<UInt32>())
            for _ in 0..<40 {
                let start = UInt32.random(in: 0..<48, using: &random)
                let interval = start..<start + UInt32.random(in: 0..<12, using: &random)
                if Bool.random(using: &random) {
                    holes.insert(interval)
                    pages.formUnion(interval)
                } else {
                    holes.remove(interval)
                    pages.subtract(interval)
                }
                let found = (0..<60).filter { holes.contains($0) }
                #expect(found == pages.sorted())
                #expect(holes.pageCount == pages.count)
                for (left, right) in zip(holes.intervals, holes.intervals.dropFirst()) {
                    #expect(left.upperBound < right.lowerBound)
                }
                #expect(PageHoles(encoded: holes.encoded) == holes)
            }
        }
    }

    @Test func theStoredFormIsPairsOfLittleEndianNumbers() {
        let bytes = holes(1..<258, 65_535..<65_536).encoded
        #expect(bytes == [1, 0, 0, 0, 2, 1, 0, 0, 255, 255, 0, 0, 0, 0, 1, 0])
        #expect(PageHoles(encoded: []) == PageHoles())
    }

    static let damaged: [[UInt8]] = [
        [1, 0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0], [2, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 1, 0],
        [4, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0], [4, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0],
        [0, 0, 0, 0, 255, 255, 255, 255], [1, 0, 0, 0, 2, 0, 0, 0, 9],
    ]

    @Test(arguments: damaged) func bytesThatAreNoHolesAreRefused(bytes: [UInt8]) {
        #expect(PageHoles(encoded: bytes) == nil)
    }
}
