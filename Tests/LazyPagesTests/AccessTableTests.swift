import CFaultSignal
import Pages
import Testing

@testable import LazyPages

/// What the hardware cannot bring about, asked of the engine's functions themselves.
@Suite struct AccessTableTests {
    /// An execution on open memory whose page 0 is stack, page 4 only read, page 5 written, and the others untouched.
    private final class Direct {
        var execution: Execution
        let memory: Mapping
        let source = DictionarySource([6: DictionarySource.page(9)])
        let gas = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)

        init() throws {
            gas.initialize(to: 10_000)
            memory = try Mapping(size: 4 * PageSize.wasm)
            let program = ProgramMemory(
                address: memory.address, size: 4, stackEnd: 1, key: [], gas: GasAccess(address: gas),
                costs: Harness.costs, compiledCode: 0x1000..<0x2000)
            let sizes = try PageSizes([PageSize.wasm, PageSize.gear])
            execution = Execution(
                try CheckedMemory(program, sizes: sizes), sizes: sizes, source: source, prefix: [], handler: nil)
            execution.accessed.insert(4)
            execution.accessed.insert(5)
            execution.written.insert(5)
        }

        deinit { gas.deallocate() }

        func access(_ pages: [UInt32], isSignal: Bool, isWrite: Bool) throws(AccessError) {
            try execution.process(pages, AccessPolicy(isSignal: isSignal, isWrite: isWrite), left: gas)
        }

        func isAccessed(_ page: UInt32) -> Bool { execution.accessed.contains(PageNumber(page)) }
        func isWritten(_ page: UInt32) -> Bool { execution.written.contains(PageNumber(page)) }

        func signal(page: Int, _ access: lazypages_access, pc: UInt = 1) -> lazypages_verdict {
            execution.handleSignal(
                address: UInt(bitPattern: Int(memory.address) + page * PageSize.gear), access: access, pc: pc)
        }
    }

    static let signalErrors: [(UInt32, isWrite: Bool, AccessError)] = [
        (0, false, .signalFromStack(0)), (0, true, .signalFromStack(0)),
        (3, false, .signalFromStack(3)),
        (5, false, .signalFromWrittenPage(5)), (5, true, .signalFromWrittenPage(5)),
        (4, false, .readSignalFromAccessedPage(4)),
    ]

    @Test(arguments: signalErrors)
    func aSignalFromAPageThatIsOpenForItIsAnError(page: UInt32, isWrite: Bool, error: AccessError) throws {
        let direct = try Direct()
        #expect(throws: error) { try direct.access([page], isSignal: true, isWrite: isWrite) }
        #expect(direct.gas.pointee == 10_000)
    }

    @Test(arguments: signalErrors)
    func aHostFunctionMayTouchAPageThatIsOpenForIt(page: UInt32, isWrite: Bool, _: AccessError) throws {
        let direct = try Direct()
        try direct.access([page], isSignal: false, isWrite: isWrite)
        #expect(direct.gas.pointee == 10_000)
        #expect(direct.source.asked == [])
    }

    static let charged: [(UInt32, isSignal: Bool, isWrite: Bool, gas: UInt64)] = [
        (4, true, true, 300), (4, false, true, 30),
        (7, true, false, 100), (7, true, true, 200), (7, false, false, 10), (7, false, true, 20),
        (6, true, false, 1100), (6, true, true, 1200), (6, false, false, 1010), (6, false, true, 1020),
    ]

    @Test(arguments: charged)
    func everyOtherAccessHasItsCost(page: UInt32, isSignal: Bool, isWrite: Bool, gas: UInt64) throws {
        let direct = try Direct()
        try direct.access([page], isSignal: isSignal, isWrite: isWrite)
        #expect(10_000 - direct.gas.pointee == gas)
        #expect(direct.isAccessed(page))
        #expect(direct.isWritten(page) == isWrite)
        #expect(try direct.memory.protection(offset: Int(page) * PageSize.gear) == (isWrite ? .readWrite : .read))
        #expect(direct.source.loaded == (page == 6 ? [6] : []))
    }

    @Test(arguments: [true, false])
    func theLastPagesLastByteMustBeInsideTheMemory(isSignal: Bool) throws {
        let direct = try Direct()
        #expect(throws: AccessError.outOfMemoryBounds) {
            try direct.access([7, 16], isSignal: isSignal, isWrite: false)
        }
        #expect(direct.gas.pointee == 10_000, "no page is processed, the first neither")
        try direct.access([15], isSignal: isSignal, isWrite: false)
    }

    @Test(arguments: [true, false])
    func noPagesAreNoAccess(isSignal: Bool) throws {
        let direct = try Direct()
        direct.execution.address = nil
        direct.execution.size = 0
        try direct.access([], isSignal: isSignal, isWrite: true)
        direct.execution.status = .gasLimitExceeded
        try direct.access([], isSignal: isSignal, isWrite: true)
        #expect(direct.gas.pointee == 10_000)
    }

    @Test func withoutAnAddressThereIsNoAccess() throws {
        let direct = try Direct()
        direct.execution.address = nil
        #expect(throws: AccessError.memoryAddressNotSet) { try direct.access([7], isSignal: true, isWrite: false) }
        _ = direct.signal(page: 7, LAZYPAGES_ACCESS_READ)
        #expect(direct.execution.failure == .memoryAddressNotSet)
    }

    @Test func aSignalAfterTheGasRanOutIsAnErrorAndAHostAccessNothing() throws {
        let direct = try Direct()
        direct.execution.status = .gasLimitExceeded
        #expect(throws: AccessError.signalAfterGasRanOut) { try direct.access([7], isSignal: true, isWrite: false) }
        try direct.access([7], isSignal: false, isWrite: false)
        #expect(direct.gas.pointee == 10_000)
        #expect(direct.source.asked == [])
    }

    @Test func aPageWrittenTwiceIsAnError() throws {
        let direct = try Direct()
        #expect(throws: AccessError.writtenTwice(5)) { try direct.execution.markWritten(5) }
    }

    @Test func aReadChargedTwiceIsAnError() throws {
        let direct = try Direct()
        #expect(throws: AccessError.readChargedTwice(4)) {
            try direct.execution.processUntouched(4, AccessPolicy(isSignal: true, isWrite: false), left: direct.gas)
        }
    }

    // MARK: - The handler's verdicts

    @Test func anAccessThatMayBeAReadOrAWriteFailsTheExecution() throws {
        let direct = try Direct()
        _ = direct.signal(page: 7, LAZYPAGES_ACCESS_UNKNOWN)
        #expect(direct.execution.failure == .readOrWriteUnknown)
        #expect(direct.gas.pointee == 10_000)
        #expect(!direct.isAccessed(7))
    }

    @Test(arguments: [-1, 16])
    func aFaultOutsideTheMemoryIsAnErrorAndGoesOn(page: Int) throws {
        let direct = try Direct()
        #expect(direct.signal(page: page, LAZYPAGES_ACCESS_READ) == LAZYPAGES_FORWARD)
        #expect(direct.execution.failure == .outOfMemoryBounds)
    }

    @Test func aServedFaultLetsTheInstructionRunAgain() throws {
        let direct = try Direct()
        #expect(direct.signal(page: 7, LAZYPAGES_ACCESS_READ, pc: 0x1000) == LAZYPAGES_RESUME)
        #expect(direct.signal(page: 7, LAZYPAGES_ACCESS_WRITE) == LAZYPAGES_RESUME)
        #expect(direct.execution.failure == nil)
        #expect(direct.isWritten(7))
    }

    @Test(arguments: zip([0x0FFF, 0x1000, 0x1FFF, 0x2000] as [UInt], [false, true, true, false]))
    func aFailureEndsCompiledCodeAtOnceAndHostCodeLater(pc: UInt, isCompiled: Bool) throws {
        let direct = try Direct()
        #expect(
            direct.signal(page: 5, LAZYPAGES_ACCESS_READ, pc: pc)
                == (isCompiled ? LAZYPAGES_END_PROGRAM : LAZYPAGES_RESUME)
        )
        #expect(direct.execution.failure == .signalFromWrittenPage(5))
        #expect(try direct.memory.protection(offset: 5 * PageSize.gear) == (isCompiled ? .none : .readWrite))
    }

    @Test(arguments: zip([0x1000, 0x2000] as [UInt], [true, false]))
    func exhaustedGasEndsCompiledCodeAtOnceAndHostCodeLater(pc: UInt, isCompiled: Bool) throws {
        let direct = try Direct()
        direct.gas.pointee = 99
        #expect(
            direct.signal(page: 7, LAZYPAGES_ACCESS_READ, pc: pc)
                == (isCompiled ? LAZYPAGES_END_PROGRAM : LAZYPAGES_RESUME)
        )
        #expect(direct.execution.status == .gasLimitExceeded)
        #expect(direct.execution.failure == nil)
    }

    @Test func compiledCodeThatCannotBeEndedAtAnInstructionGoesOnAsHostCode() throws {
        let direct = try Direct()
        direct.gas.pointee = 99
        #expect(direct.signal(page: 7, LAZYPAGES_ACCESS_READ, pc: 0x1000) == LAZYPAGES_END_PROGRAM)
        try protect(direct.memory.address + 7 * UInt(PageSize.gear), size: PageSize.gear, .none)
        #expect(direct.signal(page: 7, LAZYPAGES_ACCESS_READ, pc: 0) == LAZYPAGES_RESUME)
        #expect(try direct.memory.protection(offset: 7 * PageSize.gear) == .readWrite)
        #expect(direct.execution.failure == nil)
        #expect(!direct.isAccessed(7))
    }
}
