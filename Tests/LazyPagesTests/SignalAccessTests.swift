import LazyPages
import Pages
import Testing

@Suite struct SignalAccessTests {
    @Test func aReadChargesLoadsAndOpensExactlyThatPage() throws {
        let harness = try Harness(source: DictionarySource([5: DictionarySource.page(7), 6: DictionarySource.page(8)]))
        try harness.begin()
        #expect(harness.read(page: 5, offset: 16_383) == 7)
        #expect(harness.read(page: 5) == 7)
        #expect(harness.source.loaded == [5])
        #expect(harness.burned == 100 + 1000)
        #expect(try harness.accessed() == [5])
        #expect(try harness.written() == [])
    }

    @Test func aPageWithoutStoredDataKeepsItsBytesAndCostsNoLoad() throws {
        let harness = try Harness()
        harness.write(page: 3, 42)
        try harness.begin()
        #expect(harness.read(page: 3) == 42)
        #expect(harness.burned == 100)
        #expect(harness.source.loaded == [])
    }

    @Test func aFirstWriteIsChargedAsAWriteAndOnlyOnce() throws {
        let harness = try Harness()
        try harness.begin()
        harness.write(page: 2, 1)
        harness.write(page: 2, 2)
        #expect(harness.read(page: 2) == 2)
        #expect(harness.burned == 200)
        #expect(try harness.written() == [2])
    }

    @Test func aWriteAfterAReadIsChargedOnTop() throws {
        let harness = try Harness(source: DictionarySource([2: DictionarySource.page(9)]))
        try harness.begin()
        #expect(harness.read(page: 2) == 9)
        harness.write(page: 2, 1)
        harness.write(page: 2, 2)
        #expect(harness.burned == 100 + 1000 + 300)
        #expect(try harness.accessed() == [2])
        #expect(try harness.written() == [2])
        let charges = try harness.engine.charges()
        #expect((charges.signalRead, charges.signalWriteAfterRead, charges.loadPageData) == (1, 1, 1))
    }

    @Test func aStoreAcrossTwoPagesTouchesBoth() throws {
        let harness = try Harness()
        try harness.begin()
        let place = harness.memory.pointer(3 * PageSize.gear - 4)
        place.storeBytes(of: 0x0807_0605_0403_0201, as: UInt64.self)
        #expect(try harness.written() == [2, 3])
        #expect(harness.burned == 2 * 200)
        #expect(place.loadUnaligned(as: UInt64.self) == 0x0807_0605_0403_0201)
    }

    @Test func stackPagesAreFreeAndNeverReported() throws {
        let harness = try Harness(source: DictionarySource([3: DictionarySource.page(9)]))
        try harness.begin(stackEnd: 1)
        harness.write(page: 3, 5)
        #expect(harness.read(page: 3) == 5)
        #expect(harness.burned == 0)
        #expect(try harness.accessed() == [])
        #expect(harness.read(page: 4) == 0)
        #expect(try harness.accessed() == [4])
    }

    @Test func aMemoryThatIsAllStackCausesNoFault() throws {
        let harness = try Harness()
        try harness.begin(stackEnd: 4)
        harness.write(page: 15, 1)
        #expect(try harness.accessed() == [])
        #expect(harness.burned == 0)
    }

    @Test func aLoadedPageThatWasOnlyReadIsReadOnly() throws {
        let harness = try Harness(source: DictionarySource([2: DictionarySource.page(9)]))
        try harness.begin()
        harness.read(page: 2)
        harness.read(page: 3)
        harness.write(page: 4, 1)
        #expect(try (1...5).map(harness.protection) == [.none, .read, .read, .readWrite, .none])
    }

    @Test func faultsPagesBytesAndTimeAreCounted() throws {
        let harness = try Harness(source: DictionarySource([2: DictionarySource.page(9)]))
        try harness.begin()
        harness.read(page: 2)
        harness.write(page: 2, 1)
        harness.write(page: 3, 1)
        let counters = try harness.engine.counters()
        #expect((counters.readFaults, counters.writeFaults, counters.writeAfterReadFaults) == (1, 1, 1))
        #expect((counters.pagesLoaded, counters.bytesLoaded) == (1, 16_384))
        #expect(counters.handlerNanoseconds > 0)
    }

    @Test func theKeyIsPrefixProgramAndLittleEndianPage() throws {
        let harness = try Harness(wasmPages: 128)
        try harness.begin()
        _ = harness.read(page: 0x1F2)
        #expect(harness.source.lastKey == [0xAA, 1, 2, 3, 0xF2, 0x01, 0, 0])
    }

    @Test func aRandomRunEqualsAModel() throws {
        for _ in 0..<20 {
            let stored = Set((0..<40).map { _ in UInt32.random(in: 0..<64) })
            let source = DictionarySource(
                Dictionary(uniqueKeysWithValues: stored.map { ($0, DictionarySource.page(UInt8($0 + 1))) }))
            let harness = try Harness(wasmPages: 16, source: source)
            try harness.begin(stackEnd: 2)
            var (read, written, bytes, gas) = (Set<Int>(), Set<Int>(), [Int: UInt8](), UInt64(0))
            for _ in 0..<300 {
                let (page, isWrite) = (Int.random(in: 0..<64), Bool.random())
                if page >= 8, !read.contains(page) {
                    gas += (isWrite ? 200 : 100) + (stored.contains(UInt32(page)) ? 1000 : 0)
                    bytes[page] = stored.contains(UInt32(page)) ? UInt8(page + 1) : 0
                    read.insert(page)
                    if isWrite { written.insert(page) }
                } else if page >= 8, isWrite, written.insert(page).inserted {
                    gas += 300
                }
                if isWrite {
                    bytes[page] = .random(in: 0...255)
                    harness.write(page: page, bytes[page] ?? 0)
                } else {
                    #expect(harness.read(page: page) == bytes[page] ?? 0)
                }
            }
            #expect(harness.burned == gas)
            #expect(try harness.accessed() == read.map(UInt32.init).sorted())
            #expect(try harness.written() == written.map(UInt32.init).sorted())
        }
    }
}
