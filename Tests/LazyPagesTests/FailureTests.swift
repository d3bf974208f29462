import Glibc
import LazyPages
import Pages
import Testing

@Suite struct FailureTests {
    @Test func aPageOfAnotherSizeFailsTheExecutionAndNamesBothSizes() throws {
        let harness = try Harness(source: DictionarySource([5: [1, 2, 3]]))
        try harness.begin()
        _ = harness.read(page: 5)
        #expect(try harness.engine.failure() == .wrongPageDataSize(page: 5, expected: 16_384, found: 3))
    }

    @Test func aPageAnnouncedButNotDeliveredFailsTheExecution() throws {
        let harness = try Harness()
        harness.source.phantoms = [5]
        try harness.begin()
        _ = harness.read(page: 5)
        #expect(try harness.engine.failure() == .pageVanished(page: 5, key: [0xAA, 1, 2, 3, 5, 0, 0, 0]))
    }

    @Test func aStoreThatDoesNotAnswerFailsTheExecution() throws {
        let harness = try Harness()
        harness.source.unavailable = [5]
        try harness.begin()
        _ = harness.read(page: 5)
        _ = harness.read(page: 6)
        #expect(try harness.engine.failure() == .pageSource(.unavailable("gone")))
        #expect(try harness.accessed() == [], "nothing is loaded or charged after the failure")
        #expect(harness.burned == 100 + 1000)
    }

    @Test func aFaultOutsideTheMemoryKillsTheProcessTheOrdinaryWay() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV, SIG_DFL)
            let harness = try Harness()
            try harness.begin()
            _ = UnsafeRawPointer(bitPattern: 0x10)?.load(as: UInt8.self)
        }
    }

    @Test func aFaultAfterTheExecutionIsNotOurs() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            signal(SIGSEGV, SIG_DFL)
            let harness = try Harness()
            try harness.begin()
            try harness.engine.finish()
            mprotect(UnsafeMutableRawPointer(bitPattern: harness.address), harness.byteCount, PROT_NONE)
            _ = harness.read(page: 1)
        }
    }

    @Test func eachThreadHasAnExecutionOfItsOwn() throws {
        let sums = try (0..<4).map { index in
            try onNewThread {
                let source = DictionarySource([2: DictionarySource.page(UInt8(index))])
                let harness = try Harness(source: source)
                try harness.begin()
                return harness.read(page: 2)
            }
        }
        #expect(sums.map { $0.wait() } == [0, 1, 2, 3])
    }
}
