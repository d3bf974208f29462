import CLinuxCalls
import Glibc
import LazyPages
import Pages
import Testing

@Suite struct RuntimeContextTests {
    static let unsuitable: [([Int], InitError)] = [
        ([65_536], .wrongNumberOfPageSizes(1)),
        ([65_536, 16_384, 4096], .wrongNumberOfPageSizes(3)),
        ([0, 16_384], .zeroPageSize),
        ([65_536, 0], .zeroPageSize),
        ([16_384, 65_536], .unsuitablePageSizes(wasm: 16_384, gear: 65_536, native: 4096)),
        ([65_536, 2048], .unsuitablePageSizes(wasm: 65_536, gear: 2048, native: 4096)),
        ([65_536, 12_288], .unsuitablePageSizes(wasm: 65_536, gear: 12_288, native: 4096)),
        ([49_152, 16_384], .unsuitablePageSizes(wasm: 49_152, gear: 16_384, native: 4096)),
        ([1 << 32, 16_384], .unsuitablePageSizes(wasm: 1 << 32, gear: 16_384, native: 4096)),
        ([65_536, -16_384], .unsuitablePageSizes(wasm: 65_536, gear: -16_384, native: 4096)),
    ]

    @Test(arguments: unsuitable)
    func unsuitablePageSizesAreRefusedEachWithItsError(sizes: [Int], error: InitError) {
        #expect(throws: error) { try LazyPages(pageSizes: sizes, source: DictionarySource()) }
    }

    static let twiceWrong: [([Int], [String], InitError)] = [
        ([0], ["gear_gas"], .wrongNumberOfPageSizes(1)),
        ([0, 65_536], ["gear_gas"], .zeroPageSize),
        ([65_536, 12_288], ["gas"], .unsuitablePageSizes(wasm: 65_536, gear: 12_288, native: 4096)),
    ]

    @Test(arguments: twiceWrong)
    func theFirstBrokenRuleOfARuntimeContextDecidesTheError(sizes: [Int], names: [String], error: InitError) {
        #expect(throws: error) {
            try LazyPages(pageSizes: sizes, globalNames: names, source: DictionarySource())
        }
    }

    @Test(arguments: [["gas"], ["gear_allowance", "gear_gas"], []])
    func theGasGlobalMustBeNamedFirst(names: [String]) {
        #expect(throws: InitError.wrongGlobalNames(expected: "gear_gas", found: names.first)) {
            try LazyPages(globalNames: names, source: DictionarySource())
        }
    }

    @Test(arguments: [[65_536, 4096], [65_536, 65_536], [131_072, 16_384]])
    func suitablePageSizesAreTheUnitsOfLoadingAndOfMemory(sizes: [Int]) throws {
        let (wasm, gear) = (sizes[0], sizes[1])
        let memory = try Mapping(size: 2 * wasm)
        let source = DictionarySource([1: Array(repeating: 7, count: gear)])
        _ = try Harness()
        let engine = try LazyPages(pageSizes: sizes, source: source)
        try engine.initialize(
            program: ProgramMemory(
                address: memory.address, size: 2, stackEnd: nil, key: [], gas: nil, costs: Harness.costs))
        #expect(memory.pointer(2 * gear - 1).load(as: UInt8.self) == 7)
        #expect(try engine.accessedPages() == [1])
        memory.pointer(2 * wasm - 1).storeBytes(of: 1, as: UInt8.self)
        #expect(try engine.writeAccessedPages() == [PageNumber(UInt32(2 * wasm / gear - 1))])
    }

    @Test func aLaterContextOfAThreadTakesThePlaceOfTheEarlier() throws {
        let earlier = try Harness()
        try earlier.begin()
        let later = try Harness()
        try #require(answersOfEveryCall(earlier).allSatisfy { $0 == .runtime })
        try later.begin()
        try #require(answersOfEveryCall(earlier).allSatisfy { $0 == .runtime })
        later.write(page: 2, 1)
        #expect(try later.written() == [2])
    }

    @Test func theEarlierContextsExecutionEndsWhenItsPlaceIsTaken() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV, SIG_DFL)
            let memory = try Mapping(size: PageSize.wasm)
            let earlier = try LazyPages(source: DictionarySource())
            try earlier.initialize(
                program: ProgramMemory(
                    address: memory.address, size: 1, stackEnd: nil, key: [], gas: nil, costs: Harness.costs))
            memory.pointer(0).storeBytes(of: 1, as: UInt8.self)
            let later = try LazyPages(source: DictionarySource())
            memory.pointer(0).storeBytes(of: 1, as: UInt8.self)
            withExtendedLifetime((earlier, later)) { memory.pointer(PageSize.gear).storeBytes(of: 1, as: UInt8.self) }
        }
    }

    @Test func theEndOfAnEarlierValueLeavesTheLaterContextAlone() throws {
        var earlier: Harness? = try Harness()
        try earlier?.begin()
        let later = try Harness()
        try later.begin()
        earlier = nil
        later.write(page: 2, 1)
        #expect(try later.written() == [2])
    }

    @Test func aRefusedContextLeavesTheEarlierInPlace() throws {
        let harness = try Harness()
        try harness.begin()
        #expect(throws: InitError.self) { try LazyPages(pageSizes: [0, 0], source: harness.source) }
        harness.write(page: 2, 1)
        #expect(try harness.written() == [2])
    }

    @Test func onAnotherThreadThanItsOwnAValueHasNoRuntimeContext() throws {
        let harness = try Harness()
        try harness.begin()
        // This thread only waits for the other one.
        nonisolated(unsafe) let shared = harness
        let answers = try TestThread {
            let withoutContext = answersOfEveryCall(shared)
            _ = try LazyPages(source: DictionarySource())
            return withoutContext + answersOfEveryCall(shared)
        }.join()
        try #require(answers.allSatisfy { $0 == .runtime }, "\(answers)")
        harness.write(page: 2, 1)
        #expect(try harness.written() == [2])
        #expect(harness.burned == 200)
    }

    @Test func withoutAnExecutionEveryCallIsRefused() throws {
        let harness = try Harness()
        let answers = (running(harness.engine) + reporting(harness.engine)).map(missingContext)
        #expect(answers.allSatisfy { $0 == .execution }, "\(answers)")
    }

    @Test func afterItsEndAnExecutionOnlyReports() throws {
        let harness = try Harness()
        try harness.begin()
        harness.write(page: 2, 1)
        try harness.engine.finish()
        #expect(running(harness.engine).map(missingContext).allSatisfy { $0 == .execution })
        #expect(reporting(harness.engine).map(missingContext).allSatisfy { $0 == nil })
        #expect(try harness.written() == [2])
    }
}

private func answersOfEveryCall(_ harness: Harness) -> [MissingContext?] {
    let program = harness.program()
    let calls =
        running(harness.engine) + reporting(harness.engine) + [{ try harness.engine.initialize(program: program) }]
    return calls.map(missingContext)
}

/// What the call misses; nil if it does not throw, or another error.
private func missingContext(_ call: () throws -> Void) -> MissingContext? {
    do {
        try call()
    } catch LazyPagesError.contextNotSet(let missing) {
        return missing
    } catch HostAccessError.contextNotSet(let missing) {
        return missing
    } catch {}
    return nil
}

/// The calls that an execution must be running for.
private func running(_ engine: LazyPages) -> [() throws -> Void] {
    [
        { try engine.finish() }, { try engine.unprotectAll() }, { try engine.protectAgain() },
        { try engine.memoryChanged(size: 4) },
        {
            var gas: UInt64 = 0
            try engine.preProcess(reads: [], writes: [], gas: &gas)
        },
    ]
}

private func reporting(_ engine: LazyPages) -> [() throws -> Void] {
    [
        { _ = try engine.writeAccessedPages() }, { _ = try engine.accessedPages() }, { _ = try engine.status() },
        { _ = try engine.failure() }, { _ = try engine.charges() }, { _ = try engine.counters() },
    ]
}
