import Glibc
import Pages
import Testing

@testable import LazyPages

@Suite struct ProgramInitializationTests {
    /// What is wrong with a program, by how it is changed.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let error: @Sendable (ProgramMemory) -> LazyPagesError
        let change: @Sendable (inout ProgramMemory) -> Void

        init(
            _ name: String, _ error: @autoclosure @escaping @Sendable () -> LazyPagesError,
            _ change: @escaping @Sendable (inout ProgramMemory) -> Void
        ) {
            self.init(name, { _ in error() }, change)
        }

        init(
            _ name: String, _ error: @escaping @Sendable (ProgramMemory) -> LazyPagesError,
            _ change: @escaping @Sendable (inout ProgramMemory) -> Void
        ) {
            testDescription = name
            self.error = error
            self.change = change
        }
    }

    /// In the order of the checks.
    static let wrong: [Wrong] = [
        Wrong("address not aligned", { .memoryAddressNotAligned($0.address ?? 0) }) { $0.address? += 8 },
        Wrong("stack end larger than memory", .stackEndLargerThanMemory) { $0.stackEnd = $0.size + 1 },
        Wrong("size too large", .memorySizeTooLarge) { $0.size = 65_537 },
        Wrong("end overflow", .memoryEndOverflow(address: UInt.max - 4095, size: 65_536 * 65_536)) {
            ($0.address, $0.size) = (UInt.max - 4095, 65_536)
        },
        Wrong("size without address", .memorySizeWithoutAddress) { $0.address = nil },
        Wrong("stack end too large", .stackEndTooLarge) { ($0.size, $0.stackEnd) = (65_536, 65_536) },
        Wrong("too few costs", .wrongNumberOfCosts(expected: 7, found: 6)) { $0.costs.removeLast() },
        Wrong("too many costs", .wrongNumberOfCosts(expected: 7, found: 8)) { $0.costs.append(1) },
    ]

    @Test(arguments: wrong)
    func eachWrongProgramIsRefusedWithItsOwnErrorAndNothingChanges(wrong: Wrong) throws {
        let harness = try Harness()
        try harness.begin()
        harness.read(page: 1)
        harness.write(page: 2, 1)
        var program = harness.program()
        wrong.change(&program)
        #expect(throws: wrong.error(program)) { try harness.engine.initialize(program: program) }
        #expect(try harness.accessed() == [1, 2])
        #expect(try harness.written() == [2])
        #expect(try (1...3).map(harness.protection) == [.read, .readWrite, .none])
        harness.write(page: 3, 1)
        #expect(harness.burned == 100 + 2 * 200, "the execution goes on")
    }

    /// Each change can be made after the one before it without undoing it, except where two exclude each other.
    static let twiceWrong: [(first: Int, second: Int)] = [
        (0, 1), (0, 6), (1, 2), (1, 4), (2, 4), (2, 6), (3, 5), (3, 6), (4, 6), (5, 7),
    ]

    @Test(arguments: twiceWrong)
    func theFirstBrokenRuleOfAProgramDecidesTheError(first: Int, second: Int) throws {
        let harness = try Harness()
        var program = harness.program()
        Self.wrong[first].change(&program)
        var both = program
        Self.wrong[second].change(&both)
        if [first, second].contains(1) { both.stackEnd = both.size + 1 }
        #expect(throws: Self.wrong[first].error(program)) { try harness.engine.initialize(program: both) }
    }

    @Test func memoryThatIsNotMappedIsRefusedWithIntervalProtectionAndErrno() throws {
        let harness = try Harness()
        try harness.begin()
        harness.write(page: 2, 1)
        var program = harness.program(stackEnd: 1)
        program.address = Mapping.unmapped
        let failure = ProtectionError(
            address: Mapping.unmapped + 65_536, size: 3 * 65_536, wanted: .none, errno: ENOMEM)
        #expect(throws: LazyPagesError.protectionFailed(failure)) { try harness.engine.initialize(program: program) }
        #expect(try harness.written() == [2])
        #expect(try harness.protection(page: 3) == .none)
    }

    @Test func theMemoryBeforeAnUnmappedPartIsOpenAfterTheRefusal() async {
        await #expect(processExitsWith: .success) {
            let harness = try Harness()
            harness.write(page: 0, 7)
            harness.memory.unmap(offset: 3 * PageSize.wasm, size: PageSize.wasm)
            #expect(throws: LazyPagesError.self) { try harness.begin() }
            #expect(try harness.protection(page: 0) == .readWrite)
            #expect(harness.read(page: 0) == 7)
        }
    }

    @Test func aRefusalForTheSameMemoryLeavesTheExecutionsProtection() async {
        await #expect(processExitsWith: .success) {
            let harness = try Harness()
            harness.memory.unmap(offset: 3 * PageSize.wasm, size: PageSize.wasm)
            try harness.beginSmaller(wasmPages: 3)
            harness.read(page: 1)
            harness.write(page: 2, 7)
            #expect(throws: LazyPagesError.self) { try harness.begin() }
            #expect(try (0...2).map(harness.protection) == [.none, .read, .readWrite])
        }
    }

    @Test func fromTheStackEndOnMemoryIsInaccessibleAndBeforeItIsNot() throws {
        let harness = try Harness()
        try harness.begin(stackEnd: 1)
        #expect(try [0, 3, 4, 15].map(harness.protection) == [.readWrite, .readWrite, .none, .none])
    }

    @Test func nothingIsProtectedWhereAllIsStack() throws {
        let harness = try Harness()
        var program = harness.program(stackEnd: 4)
        program.address = Mapping.unmapped
        try harness.engine.initialize(program: program)
        #expect(try harness.engine.status() == .normal)
    }

    @Test func aProgramWithoutMemoryIsAllowed() throws {
        let harness = try Harness()
        var program = harness.program()
        (program.address, program.size) = (nil, 0)
        try harness.engine.initialize(program: program)
        #expect(throws: LazyPagesError.memoryAddressNotSet) { try harness.engine.unprotectAll() }
        #expect(throws: LazyPagesError.memoryAddressNotSet) { try harness.engine.protectAgain() }
        #expect(throws: LazyPagesError.memoryAddressNotSet) { try harness.engine.memoryChanged(size: 1) }
        var gas: UInt64 = 100
        #expect(throws: HostAccessError.outOfBounds) {
            try harness.announce(reads: [MemoryInterval(page: 0, size: 0)], gas: &gas)
        }
    }

    @Test func eachExecutionStartsAfresh() throws {
        let harness = try Harness()
        harness.gas.pointee = 250
        try harness.begin()
        harness.write(page: 2, 1)
        harness.write(page: 3, 1)
        #expect(try harness.engine.status() == .gasLimitExceeded)
        harness.gas.pointee = 1000
        try harness.begin()
        #expect(try harness.engine.status() == .normal)
        #expect(try harness.accessed() == [])
        #expect(try harness.written() == [])
        #expect(try harness.engine.charges() == ChargeCounts())
        #expect(try harness.engine.counters() == ExecutionCounters())
        harness.write(page: 2, 1)
        #expect(harness.gas.pointee == 800)
    }

    @Test func theLastPageOfTheWholeAddressSpaceIsLazy() throws {
        let last: UInt32 = 262_143
        let harness = try Harness(
            wasmPages: PageSize.wasmPagesInAddressSpace, source: DictionarySource([last: DictionarySource.page(9)]))
        try harness.begin()
        #expect(harness.read(page: Int(last), offset: PageSize.gear - 1) == 9)
        var gas: UInt64 = 1000
        try harness.announce(writes: [MemoryInterval(offset: .max, size: 1)], gas: &gas)
        #expect(try harness.written() == [last])
    }
}
