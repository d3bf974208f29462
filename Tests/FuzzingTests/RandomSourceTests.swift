import Testing

@testable import Fuzzing

@Suite struct RandomSourceTests {
    /// The numbers of the reference implementation in C for the seed 0.
    @Test func aSeedMeansTheSameNumbersEverywhere() {
        var random = RandomSource(seed: 0)
        #expect(random.next() == 0xE220_A839_7B1D_CDAF)
        #expect(random.next() == 0x6E78_9E6A_A1B9_65F4)
        #expect(random.next() == 0x06C4_5D18_8009_454F)
    }

    @Test func everythingWithinItsBoundsIsDrawn() {
        var random = RandomSource(seed: 7)
        var seen: Set<Int> = []
        for _ in 0..<500 { seen.insert(random.within(3...9)) }
        #expect(seen == Set(3...9))
        #expect((0..<500).allSatisfy { _ in random.weighted([0, 3, 0, 1]) % 2 == 1 })
    }
}
