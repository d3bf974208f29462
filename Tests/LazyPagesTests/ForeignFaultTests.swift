import CFaultSignal
import Glibc
import Pages
import Testing

@testable import LazyPages

@Suite struct ForeignFaultTests {
    @Test func aFaultOutsideReachesTheEarlierHandlerWithItsOriginalArguments() async {
        await #expect(processExitsWith: .success) {
            EarlierHandler.install()
            try withExecution { engine, _ in
                let foreign = try Mapping(size: PageSize.wasm)
                try #require(foreign.close() == 0)
                foreign.pointer(4097).storeBytes(of: 7, as: UInt8.self)
                let received = EarlierHandler.received
                #expect(received.map(\.signal) == [SIGSEGV])
                #expect(received.map(\.address) == [foreign.address + 4097])
                #expect(received.map(\.savedAddress) == [foreign.address + 4097])
                let counters = try engine.counters()
                #expect(counters.writeFaults == 0)
            }
        }
    }

    @Test func aFaultInsideIsTheEnginesAndNotTheEarlierHandlers() async {
        await #expect(processExitsWith: .success) {
            EarlierHandler.install()
            try withExecution { engine, memory in
                memory.pointer(0).storeBytes(of: 7, as: UInt8.self)
                memory.pointer(PageSize.wasm - 1).storeBytes(of: 7, as: UInt8.self)
                #expect(EarlierHandler.received.isEmpty)
                let written = try engine.writeAccessedPages()
                #expect(written == [0, 3])
            }
        }
    }

    @Test func theByteBehindTheMemoryIsForeign() async {
        await #expect(processExitsWith: .success) {
            EarlierHandler.install()
            try withExecution { engine, memory in
                mprotect(memory.pointer(PageSize.wasm), PageSize.wasm, PROT_NONE)
                memory.pointer(PageSize.wasm).storeBytes(of: 7, as: UInt8.self)
                #expect(EarlierHandler.received.map(\.address) == [memory.address + UInt(PageSize.wasm)])
                let failure = try engine.failure()
                #expect(failure == nil)
            }
        }
    }

    @Test func aFaultReachesAnEarlierHandlerOfOneArgument() async {
        await #expect(processExitsWith: .success) {
            EarlierHandler.installPlain()
            try withExecution { _, _ in
                let foreign = try Mapping(size: PageSize.wasm)
                try #require(foreign.close() == 0)
                EarlierHandler.page = foreign.pointer(0)
                foreign.pointer(8).storeBytes(of: 7, as: UInt8.self)
                #expect(EarlierHandler.received.map(\.signal) == [SIGSEGV])
            }
        }
    }

    @Test func aFaultReachesTheHandlerBeneathTheBackstop() async {
        await #expect(processExitsWith: .success) {
            EarlierHandler.install()
            try LazyPages.installBackstop()
            try withExecution { _, memory in
                mprotect(memory.pointer(PageSize.wasm), PageSize.wasm, PROT_NONE)
                memory.pointer(PageSize.wasm).storeBytes(of: 7, as: UInt8.self)
                #expect(EarlierHandler.received.map(\.address) == [memory.address + UInt(PageSize.wasm)])
            }
        }
    }

    @Test func withoutAnEarlierHandlerAForeignFaultKillsByTheDefaultAction() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV, SIG_DFL)
            try withExecution { _, _ in touchNothing() }
        }
    }

    @Test func aForeignFaultKillsAlsoWhereTheSignalWasIgnored() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV, SIG_IGN)
            try withExecution { _, _ in touchNothing() }
        }
    }

    @Test func aFaultOfAnotherThreadIsForeignAlsoInTheMemoryOfAnExecution() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV, SIG_DFL)
            try withExecution { _, memory in
                let address = memory.address
                _ = try TestThread { UnsafeRawPointer(bitPattern: address)?.load(as: UInt8.self) }.join()
            }
        }
    }

    @Test func aFaultAfterTheExecutionIsForeign() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV, SIG_DFL)
            try withExecution { engine, memory in
                try engine.finish()
                try #require(memory.close() == 0)
                memory.pointer(0).storeBytes(of: 7, as: UInt8.self)
            }
        }
    }

    @Test func aFaultWhileAllIsOpenIsForeign() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV, SIG_DFL)
            try withExecution { engine, memory in
                try engine.unprotectAll()
                try #require(memory.close() == 0)
                memory.pointer(0).storeBytes(of: 7, as: UInt8.self)
            }
        }
    }

    @Test func aFaultInsideTheHandlerKillsInsteadOfRecurring() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV) { _ in exit(0) }
            let source = DictionarySource([0: DictionarySource.page(1)])
            source.willLoad = { _ in touchNothing() }
            try withExecution(source: source) { _, memory in memory.pointer(0).storeBytes(of: 7, as: UInt8.self) }
        }
    }

    // MARK: - Signals that someone sent

    @Test func aSentSignalIsNoFaultWhateverAddressItCarries() async {
        await #expect(processExitsWith: .success) {
            EarlierHandler.install()
            try withExecution { _, _ in
                lazypages_region_set(0, .max, { _, _, _, _ in exit(1) }, nil)
                raise(SIGSEGV)
                lazypages_region_clear()
                #expect(EarlierHandler.received.map(\.signal) == [SIGSEGV])
            }
        }
    }

    @Test func aSentSignalKillsByTheDefaultAction() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV, SIG_DFL)
            try withExecution { _, _ in
                kill(getpid(), SIGSEGV)
                // Any thread of the process may have received it.
                sleep(10)
            }
        }
    }

    @Test func aSentSignalThatWasIgnoredStaysIgnoredAndFaultsAreStillServed() async {
        await #expect(processExitsWith: .success) {
            signal(SIGSEGV, SIG_IGN)
            try withExecution { engine, memory in
                raise(SIGSEGV)
                memory.pointer(0).storeBytes(of: 7, as: UInt8.self)
                let written = try engine.writeAccessedPages()
                #expect(written == [0])
            }
        }
    }

    // MARK: -

    @Test func aRegionWithoutAnExecutionAbortsWithAMessage() async throws {
        let result = try await #require(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
            try withExecution { _, memory in
                lazypages_region_set(memory.address, memory.address + 1, handleFault, nil)
                memory.pointer(0).storeBytes(of: 7, as: UInt8.self)
            }
        }
        let message = "lazypages: a fault in an active region without an execution\n"
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains(message))
    }

    @Test func theErrorNumberOfTheProgramIsPreserved() throws {
        let harness = try Harness(source: DictionarySource([2: DictionarySource.page(1)]))
        harness.source.willLoad = { _ in errno = EIO }
        try harness.begin()
        let place = harness.memory.pointer(2 * PageSize.gear)
        errno = ENOTTY
        place.storeBytes(of: 7, as: UInt8.self)
        let after = errno
        #expect(after == ENOTTY)
    }
}

private func touchNothing() { _ = UnsafeRawPointer(bitPattern: 0x10)?.load(as: UInt8.self) }

/// An execution on the first of two Wasm pages, without a WebAssembly runtime, whose handler would be the earlier one.
private func withExecution(
    source: DictionarySource = DictionarySource(), _ body: (LazyPages, Mapping) throws -> Void
) throws {
    let engine = try LazyPages(source: source)
    let memory = try Mapping(size: 2 * PageSize.wasm)
    try engine.initialize(
        program: ProgramMemory(
            address: memory.address, size: 1, stackEnd: nil, key: [], gas: nil, costs: Harness.costs))
    try withExtendedLifetime((engine, memory)) { try body(engine, memory) }
}
