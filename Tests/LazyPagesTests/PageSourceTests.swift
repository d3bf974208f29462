import Glibc
import Pages
import Testing

@testable import LazyPages

@Suite struct PageSourceTests {
    @Test(arguments: [0, 3, 16_383, 16_385])
    func aPageOfAnotherSizeFailsTheExecutionAndNamesBothSizes(size: Int) throws {
        let harness = try Harness(source: DictionarySource([5: Array(repeating: 1, count: size)]))
        try harness.begin()
        harness.read(page: 5)
        #expect(try harness.engine.failure() == .wrongPageDataSize(page: 5, expected: 16_384, found: size))
        #expect(try harness.accessed() == [])
    }

    @Test func aPageAnnouncedButNotDeliveredFailsTheExecutionAndNamesPageAndKey() throws {
        let harness = try Harness()
        harness.source.phantoms = [5]
        try harness.begin()
        harness.read(page: 5)
        #expect(try harness.engine.failure() == .pageVanished(page: 5, keyPrefix: [0xAA, 1, 2, 3]))
        #expect(try harness.accessed() == [])
    }

    @Test func aStoreThatDoesNotAnswerFailsTheExecution() throws {
        let harness = try Harness()
        harness.source.unavailable = [5]
        try harness.begin()
        harness.read(page: 5)
        #expect(try harness.engine.failure() == .pageSource(.unavailable("gone")))
    }

    @Test func afterAFailureNothingIsLoadedOrChargedAnyMore() throws {
        let harness = try Harness()
        harness.source.unavailable = [5]
        try harness.begin()
        harness.read(page: 5)
        harness.read(page: 6)
        #expect(try harness.accessed() == [])
        #expect(harness.source.asked == [5])
        #expect(harness.burned == 100 + 1000)
        #expect(try harness.engine.failure() == .pageSource(.unavailable("gone")))
    }

    @Test func afterAFailureInHostCodeOnlyWhatItNeedsIsOpen() throws {
        let harness = try Harness()
        harness.source.unavailable = [5]
        try harness.begin(stackEnd: 1)
        harness.write(page: 4, 1)
        harness.read(page: 5)
        #expect(try (3...6).map(harness.protection) == [.none, .none, .readWrite, .none])
        #expect(try harness.engine.failure() != nil)
    }

    @Test func aPageThatTheSystemDoesNotOpenFailsTheExecution() async {
        await #expect(processExitsWith: .success) {
            let harness = try Harness(source: DictionarySource([5: DictionarySource.page(1)]))
            try harness.begin()
            harness.memory.unmap(offset: 6 * PageSize.gear, size: PageSize.gear)
            var gas: UInt64 = 5000
            let failure = ProtectionError(
                address: harness.address + UInt(6 * PageSize.gear), size: PageSize.gear, wanted: .read, errno: ENOMEM)
            #expect(throws: HostAccessError.failed(.protectionFailed(failure))) {
                try harness.announce(reads: [MemoryInterval(page: 6)], gas: &gas)
            }
            #expect(try harness.engine.failure() == .protectionFailed(failure))
        }
    }

    @Test func thePageIsOpenWhileItIsFilled() throws {
        let harness = try Harness(source: DictionarySource([5: DictionarySource.page(1)]))
        try harness.begin()
        var whileLoading: [Protection?] = []
        let memory = harness.memory
        harness.source.willLoad = { page in
            whileLoading = (4...6).map { try? memory.protection(offset: $0 * PageSize.gear) }
        }
        harness.read(page: 5)
        #expect(whileLoading == [.none, .readWrite, .none].map { (protection: Protection) in protection })
        #expect(try harness.protection(page: 5) == .read)
    }
}
