import Pages
import Testing

@Suite struct PageSetTests {
    @Test func pagesComeOutInAscendingOrderEachOnce() {
        var set = PageSet(capacity: 300)
        for number in [200, 5, 64, 63, 5, 299, 0] as [UInt32] { set.insert(PageNumber(number)) }
        #expect(set.ascending().map(\.rawValue) == [0, 5, 63, 64, 200, 299])
        #expect(set.count == 6)
    }

    @Test func insertingTellsWhetherThePageIsNew() {
        var set = PageSet(capacity: 64)
        let (first, second) = (set.insert(7), set.insert(7))
        #expect(first)
        #expect(!second)
    }

    @Test func aPageBeyondTheCapacityIsNotInTheSet() {
        let set = PageSet(capacity: 64)
        let isThere = set.contains(64)
        #expect(!isThere)
    }

    @Test func aRandomSetEqualsTheStandardLibrarys() {
        var generator = SystemRandomNumberGenerator()
        var set = PageSet(capacity: 4096)
        var model: Set<UInt32> = []
        for _ in 0..<2000 {
            let number = UInt32.random(in: 0..<4096, using: &generator)
            let (isNew, expected) = (set.insert(PageNumber(number)), model.insert(number).inserted)
            #expect(isNew == expected)
        }
        let pages = set.ascending().map(\.rawValue)
        #expect(pages == model.sorted())
    }
}
