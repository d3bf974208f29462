import LazyPages
import Pages
import Testing

@Suite struct InitializationTests {
    static let unsuitable: [([Int], InitError)] = [
        ([65_536], .wrongNumberOfPageSizes(1)),
        ([65_536, 16_384, 4096], .wrongNumberOfPageSizes(3)),
        ([65_536, 0], .zeroPageSize),
        ([16_384, 65_536], .unsuitablePageSizes(wasm: 16_384, gear: 65_536, native: 4096)),
        ([65_536, 2048], .unsuitablePageSizes(wasm: 65_536, gear: 2048, native: 4096)),
        ([65_536, 12_288], .unsuitablePageSizes(wasm: 65_536, gear: 12_288, native: 4096)),
    ]

    @Test(arguments: unsuitable)
    func unsuitablePageSizesAreRefused(sizes: [Int], error: InitError) {
        #expect(throws: error) { try LazyPages(pageSizes: sizes, source: DictionarySource()) }
    }

    @Test func theGasGlobalMustBeNamedFirst() {
        #expect(throws: InitError.wrongGlobalNames(expected: "gear_gas", found: "gas")) {
            try LazyPages(globalNames: ["gas"], source: DictionarySource())
        }
    }

    @Test func eachWrongProgramIsRefusedWithItsOwnErrorAndNothingChanges() throws {
        let harness = try Harness()
        try harness.begin()
        harness.write(page: 2, 1)
        func refused(_ expected: LazyPagesError, _ change: (inout ProgramMemory) -> Void) throws {
            var program = harness.program()
            change(&program)
            #expect(throws: expected) { try harness.engine.initialize(program: program) }
            #expect(try harness.written() == [2])
        }
        try refused(.memoryAddressNotAligned(harness.address + 8)) { $0.address = harness.address + 8 }
        try refused(.stackEndLargerThanMemory) { $0.stackEnd = 5 }
        try refused(.memorySizeTooLarge) { $0.size = 65_537 }
        try refused(.memoryEndOverflow(address: UInt.max - 4095, size: 4 * 65_536)) { $0.address = UInt.max - 4095 }
        try refused(.memorySizeWithoutAddress) { $0.address = nil }
        try refused(.stackEndTooLarge) {
            $0.size = 65_536
            $0.stackEnd = 65_536
        }
        try refused(.wrongNumberOfCosts(expected: 7, found: 6)) { $0.costs.removeLast() }
    }

    @Test func aProgramWithoutMemoryIsAllowed() throws {
        let harness = try Harness()
        var program = harness.program()
        program.address = nil
        program.size = 0
        try harness.engine.initialize(program: program)
        #expect(throws: LazyPagesError.memoryAddressNotSet) { try harness.engine.unprotectAll() }
    }

    @Test func callsBeforeAnExecutionAreRefused() throws {
        let harness = try Harness()
        #expect(throws: LazyPagesError.executionNotInitialized) { try harness.engine.writeAccessedPages() }
        #expect(throws: LazyPagesError.executionNotInitialized) { try harness.engine.protectAgain() }
    }

    @Test func openingAllAndProtectingAgainRestoresEveryPage() throws {
        let harness = try Harness()
        try harness.begin()
        _ = harness.read(page: 4)
        harness.write(page: 5, 1)
        try harness.engine.unprotectAll()
        harness.write(page: 4, 1)
        harness.write(page: 6, 1)
        #expect(harness.burned == 300)
        try harness.engine.protectAgain()
        harness.write(page: 5, 2)
        #expect(harness.burned == 300)
        _ = harness.read(page: 4)
        #expect(harness.burned == 300)
        harness.write(page: 4, 2)
        #expect(harness.burned == 600)
        _ = harness.read(page: 6)
        #expect(harness.burned == 700)
    }

    @Test func grownMemoryIsInTheRegionAndAChangeOfNothingIsRefused() throws {
        let harness = try Harness()
        var program = harness.program()
        program.size = 2
        try harness.engine.initialize(program: program)
        #expect(throws: LazyPagesError.nothingToChange) { try harness.engine.memoryChanged() }
        try harness.engine.memoryChanged(size: 3)
        try harness.engine.protectAgain()
        harness.write(page: 11, 1)
        #expect(try harness.written() == [11])
    }
}
