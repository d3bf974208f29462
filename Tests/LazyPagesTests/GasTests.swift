import LazyPages
import Pages
import Testing

@Suite struct GasTests {
    @Test func exhaustedGasEmptiesTheCounterAndOpensEverything() throws {
        let harness = try Harness()
        harness.gas.pointee = 250
        try harness.begin()
        harness.read(page: 4)
        harness.read(page: 5)
        #expect(harness.gas.pointee == 50)
        harness.read(page: 6)
        #expect(harness.gas.pointee == 0)
        #expect(try harness.engine.status() == .gasLimitExceeded)
        #expect(try (0...15).map(harness.protection) == Array(repeating: .readWrite, count: 16))
    }

    @Test func afterTheGasRanOutNoPageIsProcessed() throws {
        let harness = try Harness(source: DictionarySource([6: DictionarySource.page(7), 7: DictionarySource.page(8)]))
        harness.gas.pointee = 100
        try harness.begin()
        harness.read(page: 4)
        harness.read(page: 6)
        harness.read(page: 7)
        harness.write(page: 9, 1)
        #expect(try harness.accessed() == [4], "the page that was not paid for is not accessed, nor any later one")
        #expect(try harness.written() == [])
        #expect(harness.source.loaded == [])
        #expect(try harness.engine.charges().signalRead == 1)
    }

    @Test func gasThatCoversACostExactlyDoesNotRunOut() throws {
        let harness = try Harness(source: DictionarySource([6: DictionarySource.page(7)]))
        harness.gas.pointee = 100 + 1000 + 300
        try harness.begin()
        #expect(harness.read(page: 6) == 7)
        harness.write(page: 6, 1)
        #expect(harness.gas.pointee == 0)
        #expect(try harness.engine.status() == .normal)
    }

    @Test func theAccessIsChargedBeforeTheLoad() throws {
        let harness = try Harness(source: DictionarySource([6: DictionarySource.page(7)]))
        harness.gas.pointee = 100 + 999
        try harness.begin()
        #expect(harness.read(page: 6) == 0)
        #expect(try harness.engine.status() == .gasLimitExceeded)
        let charges = try harness.engine.charges()
        #expect((charges.signalRead, charges.loadPageData) == (1, 0))
        #expect(harness.source.loaded == [])
    }

    @Test func theStoreIsNotAskedForAPageThatWasNotPaidFor() throws {
        let harness = try Harness()
        harness.gas.pointee = 99
        try harness.begin()
        harness.read(page: 6)
        #expect(harness.source.asked == [])
    }

    @Test func aWriteAfterAReadThatIsNotPaidForIsNoWrite() throws {
        let harness = try Harness()
        harness.gas.pointee = 100 + 299
        try harness.begin()
        harness.read(page: 6)
        harness.write(page: 6, 1)
        #expect(try harness.written() == [])
    }

    @Test func aPageThatCostsNothingNeverTurnsTheStatusBack() throws {
        let harness = try Harness(source: DictionarySource([2: DictionarySource.page(7)]))
        try harness.begin(costs: [0, 0, 0, 0, 0, 0, 1000])
        var gas: UInt64 = 999
        #expect(throws: HostAccessError.gasLimitExceeded) {
            try harness.announce(
                reads: (1...3).map { MemoryInterval(page: $0) }, writes: [MemoryInterval(page: 5)], gas: &gas)
        }
        #expect(try harness.accessed() == [1])
        harness.write(page: 7, 1)
        #expect(try harness.engine.status() == .gasLimitExceeded)
        #expect(throws: HostAccessError.gasLimitExceeded) {
            try harness.announce(reads: [MemoryInterval(page: 3)], gas: &gas)
        }
        #expect(try harness.engine.status() == .gasLimitExceeded)
        #expect(try harness.accessed() == [1])
    }

    @Test func costsOfZeroLeaveTheGas() throws {
        let harness = try Harness(source: DictionarySource([2: DictionarySource.page(7)]))
        harness.gas.pointee = 0
        try harness.begin(costs: Array(repeating: 0, count: 7))
        #expect(harness.read(page: 2) == 7)
        harness.write(page: 2, 1)
        #expect(try harness.engine.status() == .normal)
        #expect(try harness.written() == [2])
    }

    @Test func withoutAccessToTheCounterNothingIsCharged() throws {
        let harness = try Harness(source: DictionarySource([6: DictionarySource.page(7)]))
        try harness.begin(metered: false)
        #expect(harness.read(page: 6) == 7)
        harness.write(page: 6, 1)
        #expect(harness.burned == 0)
        #expect(try harness.engine.charges() == ChargeCounts())
        #expect(try harness.written() == [6])
    }

    // MARK: - The counter behind functions

    @Test func theCounterIsReadOnceBeforeAndWrittenOnceAfter() throws {
        let harness = try Harness(source: DictionarySource([6: DictionarySource.page(7)]))
        let counter = RecordedCounter(left: 5000)
        try harness.begin(gas: counter)
        harness.write(page: 6, 1)
        #expect(counter.calls == ["read 5000", "write 3800"])
    }

    @Test func aCounterThatCannotBeReadFailsTheExecution() throws {
        let harness = try Harness(source: DictionarySource([6: DictionarySource.page(7)]))
        let counter = RecordedCounter(left: 5000)
        counter.isReadable = false
        try harness.begin(gas: counter)
        harness.read(page: 6)
        #expect(try harness.engine.failure() == .globalAccessFailed)
        #expect(try harness.accessed() == [])
        #expect(harness.source.asked == [])
    }

    @Test func aCounterThatCannotBeWrittenFailsTheExecution() throws {
        let harness = try Harness()
        let counter = RecordedCounter(left: 5000)
        counter.isWritable = false
        try harness.begin(gas: counter)
        harness.read(page: 6)
        #expect(try harness.engine.failure() == .globalAccessFailed)
    }

    @Test func whatWasChargedBeforeAFailureStaysCharged() throws {
        let harness = try Harness()
        harness.source.phantoms = [6]
        let counter = RecordedCounter(left: 5000)
        try harness.begin(gas: counter)
        harness.read(page: 6)
        #expect(counter.calls == ["read 5000", "write 3900"])
    }
}

/// A gas counter that records how it is used.
private final class RecordedCounter {
    var left: UInt64
    var isReadable = true
    var isWritable = true
    var calls: [String] = []

    init(left: UInt64) { self.left = left }

    /// Valid as long as this counter.
    var access: GasAccess {
        GasAccess(
            context: Unmanaged.passUnretained(self).toOpaque(),
            read: { context, left in
                let counter = Unmanaged<RecordedCounter>.fromOpaque(context).takeUnretainedValue()
                counter.calls.append("read \(counter.left)")
                left.pointee = counter.left
                return counter.isReadable
            },
            write: { context, left in
                let counter = Unmanaged<RecordedCounter>.fromOpaque(context).takeUnretainedValue()
                counter.calls.append("write \(left)")
                if counter.isWritable { counter.left = left }
                return counter.isWritable
            })
    }
}

extension Harness {
    fileprivate func begin(gas counter: RecordedCounter) throws {
        var program = program()
        program.gas = counter.access
        try engine.initialize(program: program)
    }
}
