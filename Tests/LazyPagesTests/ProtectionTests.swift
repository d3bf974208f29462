import CLinuxCalls
import Glibc
import Pages
import Testing

@testable import LazyPages

@Suite struct ProtectionTests {
    /// A stack of one Wasm page; then page 4 only read, page 5 written, the rest untouched.
    private func running() throws -> Harness {
        let harness = try Harness(source: DictionarySource([8: DictionarySource.page(8)]))
        try harness.begin(stackEnd: 1)
        harness.read(page: 4)
        harness.write(page: 5, 5)
        return harness
    }

    @Test func openingAllOpensEveryPageWithoutAnAccess() throws {
        let harness = try running()
        try harness.engine.unprotectAll()
        #expect(try (0...15).map(harness.protection) == Array(repeating: .readWrite, count: 16))
        harness.write(page: 4, 1)
        harness.write(page: 6, 1)
        #expect(try harness.accessed() == [4, 5])
        #expect(try harness.written() == [5])
        #expect(harness.burned == 100 + 200)
    }

    @Test func protectingAgainRestoresEveryPagesProtection() throws {
        let harness = try running()
        try harness.engine.unprotectAll()
        try harness.engine.protectAgain()
        #expect(try (3...7).map(harness.protection) == [.readWrite, .read, .readWrite, .none, .none])
        harness.write(page: 4, 2)
        #expect(harness.burned == 100 + 200 + 300)
        #expect(harness.read(page: 8) == 8)
        #expect(harness.burned == 100 + 200 + 300 + 100 + 1000)
    }

    @Test func protectingAgainOpensTheStackOfAMemoryThatHasMoved() throws {
        let harness = try running()
        try harness.engine.unprotectAll()
        let other = try Harness.closedMapping(wasmPages: 4)
        try harness.engine.memoryChanged(address: other.address)
        try harness.engine.protectAgain()
        #expect(
            try (3...6).map { try other.protection(offset: $0 * PageSize.gear) } == [
                .readWrite, .read, .readWrite, .none,
            ])
    }

    @Test func openingOrProtectingUnmappedMemoryFailsWithIntervalProtectionAndErrno() throws {
        let harness = try Harness()
        var program = harness.program(stackEnd: 4)
        program.address = Mapping.unmapped
        try harness.engine.initialize(program: program)
        func failure(offset: UInt, size: Int, _ wanted: Protection) -> LazyPagesError {
            .protectionFailed(
                ProtectionError(address: Mapping.unmapped + offset, size: size, wanted: wanted, errno: ENOMEM))
        }
        #expect(throws: failure(offset: 0, size: 4 * 65_536, .readWrite)) { try harness.engine.unprotectAll() }
        #expect(throws: failure(offset: 0, size: 4 * 65_536, .readWrite)) { try harness.engine.protectAgain() }
        #expect(throws: failure(offset: 4 * 65_536, size: 65_536, .none)) { try harness.engine.memoryChanged(size: 5) }
        #expect(throws: failure(offset: 0, size: 4 * 65_536, .readWrite)) { try harness.engine.finish() }
    }

    @Test func anEndedExecutionsMemoryIsOpen() throws {
        let harness = try running()
        try harness.engine.finish()
        #expect(try (0...15).map(harness.protection) == Array(repeating: .readWrite, count: 16))
    }

    // MARK: - Moved or resized

    @Test func memoryThatTheSystemMovedKeepsItsPages() throws {
        let harness = try running()
        let place = try Mapping(size: harness.memory.size)
        try harness.engine.unprotectAll()
        try #require(move_mapping(harness.memory.pointer(0), place.pointer(0), place.size) == 0)
        try harness.engine.memoryChanged(address: place.address)
        try harness.engine.protectAgain()
        try expectMoved(harness, to: place)
    }

    @Test func memoryCopiedToAnotherMappingKeepsItsPages() throws {
        let harness = try running()
        let place = try Mapping(size: harness.memory.size)
        try harness.engine.unprotectAll()
        place.pointer(0).copyMemory(from: harness.memory.pointer(0), byteCount: place.size)
        try harness.engine.memoryChanged(address: place.address)
        try harness.engine.protectAgain()
        try expectMoved(harness, to: place)
    }

    @Test func protectingAgainLeavesWhatMemoryHasShrunkByAlone() throws {
        let harness = try Harness()
        try harness.begin()
        harness.write(page: 15, 1)
        _ = harness.read(page: 14)
        try harness.engine.unprotectAll()
        try harness.engine.memoryChanged(size: 3)
        try #require(mprotect(harness.memory.pointer(12 * PageSize.gear), 4 * PageSize.gear, PROT_NONE) == 0)
        try harness.engine.protectAgain()
        #expect(try harness.memory.protection(offset: 15 * PageSize.gear) == .none)
        #expect(try harness.memory.protection(offset: 14 * PageSize.gear) == .none)
    }

    @Test func memoryMovedWhileProtectedIsTheActiveRegionAtOnce() throws {
        let harness = try running()
        let place = try Mapping(size: harness.memory.size)
        try #require(move_mapping(harness.memory.pointer(0), place.pointer(0), place.size) == 0)
        try harness.engine.memoryChanged(address: place.address)
        try expectMoved(harness, to: place)
    }

    private func expectMoved(_ harness: Harness, to place: Mapping) throws {
        #expect(place.pointer(5 * PageSize.gear).load(as: UInt8.self) == 5)
        #expect(harness.burned == 100 + 200, "pages opened before cost nothing again")
        #expect(place.pointer(8 * PageSize.gear).load(as: UInt8.self) == 8)
        #expect(harness.burned == 100 + 200 + 100 + 1000)
        #expect(try harness.accessed() == [4, 5, 8])
    }

    @Test func memoryGrownWhileOpenIsLazyOnceProtectedAgain() throws {
        let harness = try Harness(source: DictionarySource([11: DictionarySource.page(9)]))
        try harness.beginSmaller(wasmPages: 2)
        try harness.engine.unprotectAll()
        try harness.engine.memoryChanged(size: 3)
        try harness.engine.protectAgain()
        #expect(try [8, 11, 12].map(harness.protection) == [.none, .none, .readWrite])
        #expect(harness.read(page: 11) == 9)
        #expect(try harness.accessed() == [11])
    }

    @Test func memoryGrownWhileProtectedIsLazyAtOnce() throws {
        let harness = try Harness(source: DictionarySource([11: DictionarySource.page(9)]))
        try harness.beginSmaller(wasmPages: 2)
        harness.write(page: 7, 1)
        try harness.engine.memoryChanged(size: 3)
        #expect(try [7, 8, 11, 12].map(harness.protection) == [.readWrite, .none, .none, .readWrite])
        #expect(harness.read(page: 11) == 9)
        #expect(try harness.accessed() == [7, 11])
        #expect(harness.burned == 200 + 100 + 1000)
    }

    @Test func memoryOutsideBecomesKnownOnlyByAChange() throws {
        let harness = try Harness()
        try harness.beginSmaller(wasmPages: 2)
        var gas: UInt64 = 100
        #expect(throws: HostAccessError.outOfBounds) {
            try harness.announce(reads: [MemoryInterval(page: 8)], gas: &gas)
        }
        try harness.engine.memoryChanged(size: 3)
        try harness.announce(reads: [MemoryInterval(page: 8)], gas: &gas)
        #expect(gas == 90)
    }

    @Test func memoryThatHasShrunkEndsWhereItSays() throws {
        let harness = try Harness()
        try harness.begin()
        try harness.engine.memoryChanged(size: 2)
        var gas: UInt64 = 100
        #expect(throws: HostAccessError.outOfBounds) {
            try harness.announce(reads: [MemoryInterval(page: 8)], gas: &gas)
        }
        try harness.announce(reads: [MemoryInterval(page: 7)], gas: &gas)
        #expect(gas == 90)
        // The former size would not fit there.
        try harness.engine.memoryChanged(address: UInt.max - 65_535, size: 0)
    }

    @Test func aWrongChangeIsRefusedWithItsOwnErrorInOrderAndNothingChanges() throws {
        let harness = try running()
        func refused(_ error: LazyPagesError, address: UInt? = nil, size: UInt32? = nil) throws {
            #expect(throws: error) { try harness.engine.memoryChanged(address: address, size: size) }
        }
        try refused(.nothingToChange)
        try refused(.memoryAddressNotAligned(harness.address + 8), address: harness.address + 8, size: 65_537)
        try refused(.stackEndLargerThanMemory, address: UInt.max - 4095, size: 0)
        try refused(.memorySizeTooLarge, address: UInt.max - 4095, size: 65_537)
        try refused(.memoryEndOverflow(address: UInt.max - 4095, size: 4 * 65_536), address: UInt.max - 4095)
        try refused(.memoryEndOverflow(address: UInt.max - 4095, size: 5 * 65_536), address: UInt.max - 4095, size: 5)
        harness.write(page: 15, 1)
        #expect(try harness.written() == [5, 15])
        #expect(throws: LazyPagesError.nothingToChange) { try LazyPages(source: harness.source).memoryChanged() }
    }
}

extension Harness {
    fileprivate static func closedMapping(wasmPages: Int) throws -> Mapping {
        let mapping = try Mapping(size: wasmPages * PageSize.wasm)
        try #require(mapping.close() == 0)
        return mapping
    }
}
