import LazyPages
import Pages
import Testing

@Suite struct HostAccessTests {
    @Test func readsAreProcessedBeforeWritesEachAtItsOwnCost() throws {
        let harness = try Harness(source: DictionarySource([4: DictionarySource.page(3)]))
        try harness.begin()
        var gas: UInt64 = 10_000
        try harness.announce(
            reads: [MemoryInterval(page: 4, size: 8)], writes: [MemoryInterval(page: 4, offset: 16_380, size: 8)],
            gas: &gas)
        #expect(gas == 10_000 - (10 + 1000 + 30 + 20))
        #expect(try harness.accessed() == [4, 5])
        #expect(try harness.written() == [4, 5])
        #expect(harness.read(page: 4) == 3)
        #expect(harness.burned == 0, "a page that a host function announced causes no signal")
    }

    @Test func announcedPagesAreOpenForWhatWasAnnounced() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        try harness.announce(reads: [MemoryInterval(page: 2)], writes: [MemoryInterval(page: 4)], gas: &gas)
        #expect(try (1...5).map(harness.protection) == [.none, .read, .none, .readWrite, .none])
    }

    @Test func anIntervalOfZeroBytesCountsAsOne() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        try harness.announce(reads: [MemoryInterval(page: 1, size: 0)], gas: &gas)
        #expect(try harness.accessed() == [1])
    }

    @Test func anIntervalMayEndWithTheLastByteOfMemory() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        try harness.announce(reads: [MemoryInterval(offset: 262_143, size: 1)], gas: &gas)
        #expect(try harness.accessed() == [15])
    }

    @Test func anIntervalTouchesThePageOfItsFirstAndItsLastByteAndAllBetween() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        try harness.announce(reads: [MemoryInterval(page: 2, offset: 16_383, size: 16_386)], gas: &gas)
        #expect(try harness.accessed() == [2, 3, 4])
        try harness.announce(reads: [MemoryInterval(page: 8, size: 16_384)], gas: &gas)
        #expect(try harness.accessed() == [2, 3, 4, 8])
    }

    @Test func pagesOfOverlappingIntervalsAreChargedOnce() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        try harness.announce(
            reads: [MemoryInterval(page: 3, size: 20_000), MemoryInterval(page: 4), MemoryInterval(page: 3)], gas: &gas)
        #expect(gas == 100 - 2 * 10)
    }

    @Test func pagesAreProcessedInAscendingOrder() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        try harness.announce(
            reads: [MemoryInterval(page: 9), MemoryInterval(page: 2, size: 16_385), MemoryInterval(page: 5)], gas: &gas)
        #expect(harness.source.asked == [2, 3, 5, 9])
    }

    @Test func anAnnouncementOfNothingIsNoAccess() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 0
        try harness.announce(gas: &gas)
        #expect(try harness.accessed() == [])
        #expect(try harness.engine.status() == .normal)
    }

    static let outside: [MemoryInterval] = [
        MemoryInterval(offset: .max, size: 2), MemoryInterval(offset: 1, size: .max),
        MemoryInterval(offset: 262_144, size: 1), MemoryInterval(offset: 262_143, size: 2),
        MemoryInterval(offset: 262_144, size: 0),
    ]

    @Test(arguments: outside)
    func anIntervalThatLeavesTheMemoryIsOutOfBounds(interval: MemoryInterval) throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        #expect(throws: HostAccessError.outOfBounds) {
            try harness.announce(writes: [MemoryInterval(page: 1), interval], gas: &gas)
        }
        #expect(gas == 100)
        #expect(try harness.accessed() == [])
        #expect(try harness.engine.failure() == nil, "it is the program's own error")
    }

    @Test func anIntervalThatOverflowsIsOutOfBoundsInAFullAddressSpaceToo() throws {
        let harness = try Harness(wasmPages: 65_536)
        try harness.begin()
        var gas: UInt64 = 100
        #expect(throws: HostAccessError.outOfBounds) {
            try harness.announce(reads: [MemoryInterval(offset: .max, size: 2)], gas: &gas)
        }
        #expect(gas == 100)
    }

    @Test func readsAreChargedAlsoWhereAWriteIsOutOfBounds() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 100
        #expect(throws: HostAccessError.outOfBounds) {
            try harness.announce(
                reads: [MemoryInterval(page: 1)], writes: [MemoryInterval(offset: 262_144, size: 1)], gas: &gas)
        }
        #expect(gas == 90)
        #expect(try harness.accessed() == [1])
    }

    @Test func exhaustedGasStopsAtThePageAndSkipsTheWrites() throws {
        let harness = try Harness()
        try harness.begin()
        var gas: UInt64 = 25
        #expect(throws: HostAccessError.gasLimitExceeded) {
            try harness.announce(
                reads: [MemoryInterval(page: 0, size: 3 * 16_384)], writes: [MemoryInterval(page: 5)], gas: &gas)
        }
        #expect(gas == 0)
        #expect(try harness.accessed() == [0, 1])
        #expect(try harness.written() == [])
        #expect(try (0...15).map(harness.protection) == Array(repeating: .readWrite, count: 16))
    }

    @Test func afterTheGasRanOutAnAnnouncementTouchesNothing() throws {
        let harness = try Harness()
        harness.gas.pointee = 0
        try harness.begin()
        harness.read(page: 3)
        var gas: UInt64 = 100
        #expect(throws: HostAccessError.gasLimitExceeded) {
            try harness.announce(reads: [MemoryInterval(page: 1)], gas: &gas)
        }
        #expect(throws: HostAccessError.gasLimitExceeded) {
            try harness.announce(writes: [MemoryInterval(page: 1)], gas: &gas)
        }
        #expect(throws: HostAccessError.outOfBounds) {
            try harness.announce(reads: [MemoryInterval(offset: 262_144, size: 1)], gas: &gas)
        }
        #expect(gas == 100)
        #expect(try harness.accessed() == [])
    }

    @Test func stackPagesAndPagesAlreadyOpenCostNothing() throws {
        let harness = try Harness()
        try harness.begin(stackEnd: 1)
        harness.read(page: 4)
        harness.write(page: 5, 1)
        var gas: UInt64 = 0
        try harness.announce(
            reads: [MemoryInterval(page: 3, size: 3 * 16_384)],
            writes: [MemoryInterval(page: 0), MemoryInterval(page: 5)], gas: &gas)
        #expect(try harness.accessed() == [4, 5])
        #expect(try harness.written() == [5])
    }

    @Test func chargesOfHostFunctionsAreCountedByTheirKind() throws {
        let harness = try Harness(source: DictionarySource([4: DictionarySource.page(3)]))
        try harness.begin(metered: false)
        var gas: UInt64 = 10_000
        try harness.announce(
            reads: [MemoryInterval(page: 4)], writes: [MemoryInterval(page: 4), MemoryInterval(page: 5)], gas: &gas)
        let charges = try harness.engine.charges()
        #expect((charges.hostFuncRead, charges.hostFuncWrite, charges.hostFuncWriteAfterRead) == (1, 1, 1))
        #expect((charges.signalRead, charges.signalWrite, charges.loadPageData) == (0, 0, 1))
        #expect(gas == 10_000 - (10 + 1000 + 30 + 20), "a host function pays also where instructions do not")
    }

    @Test func withoutACounterAnAnnouncementChargesNothing() throws {
        let harness = try Harness(source: DictionarySource([4: DictionarySource.page(3)]))
        try harness.begin()
        try harness.engine.preProcess(reads: [MemoryInterval(page: 4)], writes: [MemoryInterval(page: 5)])
        #expect(try harness.engine.charges() == ChargeCounts())
        #expect(try harness.accessed() == [4, 5])
        #expect(try harness.written() == [5])
        #expect(harness.read(page: 4) == 3)
        #expect(harness.burned == 0)
    }

    @Test func aFailureOfTheStoreIsNotTheProgramsError() throws {
        let harness = try Harness()
        harness.source.unavailable = [5]
        try harness.begin()
        var gas: UInt64 = 5000
        #expect(throws: HostAccessError.failed(.pageSource(.unavailable("gone")))) {
            try harness.announce(reads: [MemoryInterval(page: 5)], gas: &gas)
        }
        #expect(try harness.engine.failure() == .pageSource(.unavailable("gone")))
    }

    @Test func nothingIsAnnouncedAnyMoreAfterAFailure() throws {
        let harness = try Harness()
        harness.source.unavailable = [5]
        try harness.begin()
        harness.read(page: 5)
        var gas: UInt64 = 100
        #expect(throws: HostAccessError.failed(.pageSource(.unavailable("gone")))) {
            try harness.announce(reads: [MemoryInterval(page: 0)], gas: &gas)
        }
        #expect(gas == 100)
        #expect(try harness.accessed() == [])
    }

    @Test func aKernelCallIntoProtectedMemoryAnswersEFAULTAndIsNoFault() throws {
        let harness = try Harness()
        try harness.begin()
        #expect(try harness.protection(page: 3) == .none)
        #expect(try harness.engine.counters().readFaults == 0)
        #expect(try harness.accessed() == [])
        #expect(harness.burned == 0)
    }
}
