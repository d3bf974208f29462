import LazyPages
import Testing

@Suite struct HostAccessTests {
    @Test func readsAreProcessedBeforeWritesEachAtItsOwnCost() throws {
        let harness = try Harness(source: DictionarySource([4: DictionarySource.page(3)]))
        try harness.begin()
        var gas: UInt64 = 10_000
        try harness.engine.preProcess(
            reads: [MemoryInterval(offset: 4 * 16_384, size: 8)],
            writes: [MemoryInterval(offset: 4 * 16_384 + 16_380, size: 8)], gas: &gas)
        #expect(gas == 10_000 - (10 + 1000 + 30 + 20))
        #expect(try harness.accessed() == [4, 5])
        #expect(try harness.written() == [4, 5])
        #expect(harness.read(page: 4) == 3)
        #expect(harness.burned == 0, "a page that a host function announced causes no signal")
    }

    @Test func anIntervalOfZeroBytesCountsAsOne() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        try harness.engine.preProcess(reads: [MemoryInterval(offset: 16_384, size: 0)], writes: [], gas: &gas)
        #expect(try harness.accessed() == [1])
    }

    @Test func anIntervalMayEndWithTheLastByteOfMemory() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        try harness.engine.preProcess(reads: [MemoryInterval(offset: 262_143, size: 1)], writes: [], gas: &gas)
        #expect(try harness.accessed() == [15])
    }

    static let outside: [MemoryInterval] = [
        MemoryInterval(offset: .max, size: 2), MemoryInterval(offset: 262_144, size: 1),
        MemoryInterval(offset: 262_143, size: 2), MemoryInterval(offset: 262_144, size: 0),
    ]

    @Test(arguments: outside)
    func anIntervalThatLeavesTheMemoryIsOutOfBounds(interval: MemoryInterval) throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        #expect(throws: HostAccessError.outOfBounds) {
            try harness.engine.preProcess(
                reads: [], writes: [interval], gas: &gas)
        }
        #expect(gas == 100)
        #expect(try harness.accessed() == [])
    }

    @Test func exhaustedGasStopsAtThePageAndSkipsTheWrites() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 25
        #expect(throws: HostAccessError.gasLimitExceeded) {
            try harness.engine.preProcess(
                reads: [MemoryInterval(offset: 0, size: 3 * 16_384)],
                writes: [MemoryInterval(offset: 5 * 16_384, size: 1)], gas: &gas)
        }
        #expect(gas == 0)
        #expect(try harness.accessed() == [0, 1])
        #expect(try harness.written() == [])
    }

    @Test func stackPagesAndPagesAlreadyOpenCostNothing() throws {
        let harness = try Harness()
        try harness.begin(stackEnd: 1)
        harness.write(page: 4, 1)
        var gas: UInt64 = 0
        try harness.engine.preProcess(
            reads: [MemoryInterval(offset: 4 * 16_384, size: 8)], writes: [MemoryInterval(offset: 0, size: 8)],
            gas: &gas)
        #expect(try harness.accessed() == [4])
    }

    @Test func nothingIsAnnouncedAnyMoreAfterAFailure() throws {
        let harness = try Harness()
        harness.source.unavailable = [5]
        try harness.begin()
        _ = harness.read(page: 5)
        var gas: UInt64 = 100
        #expect(throws: HostAccessError.failed(.pageSource(.unavailable("gone")))) {
            try harness.engine.preProcess(reads: [MemoryInterval(offset: 0, size: 1)], writes: [], gas: &gas)
        }
        #expect(gas == 100)
        #expect(try harness.accessed() == [])
    }
}
