import Pages
import Testing

@Suite struct GasChargerTests {
    let costs = PageCosts([1, 2, 3, 4, 5, 6, 7])

    @Test func eachKindTakesItsOwnCost() throws {
        var charger = GasCharger(costs: try #require(costs))
        var left: UInt64 = 100
        for kind in CostKind.allCases { #expect(charger.charge(kind, from: &left)) }
        #expect(left == 100 - 28)
        for kind in CostKind.allCases { #expect(charger.charges[kind] == 1) }
    }

    @Test func aChargeThatIsNotCoveredEmptiesTheCounterAndIsNotCounted() throws {
        var charger = GasCharger(costs: try #require(costs))
        var left: UInt64 = 6
        #expect(!charger.charge(.loadPageData, from: &left))
        #expect(left == 0)
        #expect(charger.charges == ChargeCounts())
    }

    @Test func aChargeOfExactlyWhatIsLeftIsCovered() throws {
        var charger = GasCharger(costs: try #require(costs))
        var left: UInt64 = 7
        #expect(charger.charge(.loadPageData, from: &left))
        #expect(left == 0)
    }

    @Test(arguments: [0, 1, 6, 8])
    func anyNumberOfCostsButSevenIsRefused(count: Int) {
        #expect(PageCosts(Array(repeating: 1, count: count)) == nil)
    }
}
