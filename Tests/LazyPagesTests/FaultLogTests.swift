import LazyPages
import Pages
import Testing

/// What can be asked of the order in which pages were touched.
@Suite struct FaultLogTests {
    private struct Seen: Equatable {
        let page: PageNumber
        let kind: PageFault.Kind
        let isSignal: Bool

        init(_ page: PageNumber, _ kind: PageFault.Kind, isSignal: Bool = true) {
            (self.page, self.kind, self.isSignal) = (page, kind, isSignal)
        }
    }

    private func seen(_ harness: Harness) throws -> [Seen] {
        try harness.engine.faults().map { Seen($0.page, $0.kind, isSignal: $0.isSignal) }
    }

    @Test func faultsAreToldInTheOrderInWhichTheyStruck() throws {
        let harness = try Harness(source: DictionarySource([6: DictionarySource.page(7)]))
        try harness.begin()
        harness.write(page: 9, 1)
        harness.read(page: 6)
        try harness.announce(
            reads: [MemoryInterval(page: 5)], writes: [MemoryInterval(page: 4)], gas: &harness.gas.pointee)
        harness.write(page: 6, 1)
        harness.write(page: 6, 2)
        try harness.announce(writes: [MemoryInterval(page: 5)], gas: &harness.gas.pointee)
        try harness.engine.finish()
        #expect(
            try seen(harness) == [
                Seen(9, .write), Seen(6, .read), Seen(5, .read, isSignal: false), Seen(4, .write, isSignal: false),
                Seen(6, .writeAfterRead), Seen(5, .writeAfterRead, isSignal: false),
            ])
        let times = try harness.engine.faults().map(\.nanoseconds)
        #expect(times == times.sorted() && times[0] < times[5])
    }

    @Test func theFaultThatIsNotPaidForIsTheLast() throws {
        let harness = try Harness()
        harness.gas.pointee = 150
        try harness.begin()
        for page in 4...8 { harness.read(page: page) }
        #expect(try seen(harness) == [Seen(4, .read), Seen(5, .read)])
    }

    @Test func whatIsOpenAlreadyIsNoFault() throws {
        let harness = try Harness()
        try harness.begin(stackEnd: 1)
        harness.write(page: 0, 1)
        harness.write(page: 4, 1)
        try harness.announce(
            reads: [MemoryInterval(page: 4)], writes: [MemoryInterval(page: 1)], gas: &harness.gas.pointee)
        #expect(try seen(harness) == [Seen(4, .write)])
    }

    @Test func anExecutionBeginsWithNone() throws {
        let harness = try Harness()
        try harness.begin()
        harness.read(page: 4)
        try harness.begin()
        #expect(try seen(harness) == [])
    }

    @Test func onlyTheFirstAreKept() throws {
        let harness = try Harness(wasmPages: 80)
        try harness.begin()
        for page in 0..<300 { harness.read(page: page) }
        #expect(try seen(harness) == (0..<256).map { Seen(PageNumber($0), .read) })
        #expect(try harness.engine.counters().readFaults == 300)
    }
}
