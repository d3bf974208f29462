import CFaultSignal
import Glibc
import Pages
import Testing

@testable import LazyPages

@Suite struct FaultHandlerTests {
    @Test func aCallersHandlerIsToldAddressAndReadOrWrite() throws {
        var faults: [Fault] = []
        let harness = try Harness { fault in
            faults.append(fault)
            mprotect(UnsafeMutableRawPointer(bitPattern: fault.address & ~4095), 4096, PROT_READ | PROT_WRITE)
            return .resume
        }
        try harness.begin()
        let place = harness.memory.pointer(5)
        for round in 0..<4 {
            if round % 2 == 0 { place.storeBytes(of: 123, as: UInt8.self) } else { _ = place.load(as: UInt8.self) }
            try #require(harness.memory.close() == 0)
        }
        #expect(faults.map(\.access) == [.write, .read, .write, .read])
        #expect(faults.map(\.address) == Array(repeating: harness.address + 5, count: 4))
    }

    @Test func aCallersHandlerTakesTheEnginesPlace() throws {
        var page: UnsafeMutableRawPointer?
        let harness = try Harness(source: DictionarySource([2: DictionarySource.page(9)])) { _ in
            mprotect(page, 16_384, PROT_READ | PROT_WRITE)
            page?.storeBytes(of: 100, as: UInt8.self)
            mprotect(page, 16_384, PROT_READ)
            return .resume
        }
        page = harness.memory.pointer(2 * PageSize.gear)
        harness.write(page: 1, 99)
        harness.write(page: 2, 99)
        try harness.begin()
        #expect(harness.read(page: 2) == 100)
        #expect(try (1...3).map(harness.protection) == [.none, .read, .none])
        #expect(harness.burned == 0)
        #expect(try harness.accessed() == [])
        #expect(harness.source.asked == [])
        try harness.engine.unprotectAll()
        #expect(harness.read(page: 1) == 99)
    }

    @Test func aFaultThatACallersHandlerForwardsReachesTheEarlierHandler() async {
        await #expect(processExitsWith: .success) {
            EarlierHandler.install()
            let engine = try LazyPages(source: DictionarySource()) { _ in .forward }
            let memory = try Mapping(size: PageSize.wasm)
            try engine.initialize(
                program: ProgramMemory(
                    address: memory.address, size: 1, stackEnd: nil, key: [], gas: nil, costs: Harness.costs))
            memory.pointer(3).storeBytes(of: 7, as: UInt8.self)
            #expect(EarlierHandler.received.map(\.address) == [memory.address + 3])
        }
    }

    @Test func whatTheSystemDoesNotSayIsUnknown() {
        let accesses = [LAZYPAGES_ACCESS_UNKNOWN, LAZYPAGES_ACCESS_READ, LAZYPAGES_ACCESS_WRITE].map(FaultAccess.init)
        #expect(accesses == [.unknown, .read, .write])
    }
}
