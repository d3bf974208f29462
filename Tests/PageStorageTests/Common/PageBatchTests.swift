import PageStorage
import Pages
import Testing

@Suite("Many pages in one query")
struct PageBatchTests {
    /// Pages of every kind, as of version 3: 1 to 3 found, the last one zeros, 4 freed, 5 and 6 changed, 7 too short,
    /// 8 never stored.
    private func mixture(_ kind: StorageKind) throws -> (test: TestStorage, storage: any Storage, key: ProgramKey) {
        let test = try TestStorage(kind)
        let storage = try test.open()
        let key = try storage.createProgram(sampleProgram()).key
        let pages = (1...7).map { (page: PageNumber($0), bytes: $0 == 3 ? zeroPage : samplePage(UInt64($0))) }
        _ = try storage.commit(sampleCommit(key, version: 0, pages: pages))
        _ = try storage.commit(sampleCommit(key, version: 1, freedPages: [4]))
        _ = try storage.commit(sampleCommit(key, version: 2, pages: [(1, samplePage(11))]))
        _ = try storage.commit(sampleCommit(key, version: 3, pages: [(5, samplePage(12))], freedPages: [6]))
        switch kind {
        case .postgres: try test.sql("UPDATE pages SET bytes = 'abc' WHERE page = 7")
        case .sqlite: try test.sql("UPDATE pages SET bytes = x'616263' WHERE page = 7")
        }
        return (test, storage, key)
    }

    @Test("each page is what a query for it alone finds", arguments: StorageKind.allCases)
    func likeSingleReads(kind: StorageKind) throws {
        let (_, storage, key) = try mixture(kind)
        let numbers = (1...8).map { PageNumber($0) }
        let batch = try storage.readPages(of: key, pages: numbers, asOf: 3)
        let expected: [PageRead] = [
            .found, .found, .found, .notStored, .changed, .changed, .wrongSize(3), .notStored,
        ]
        for (number, expected) in zip(numbers, expected) {
            let taken = batch.take(number)
            #expect(taken.0 == expected)
            #expect(try taken == storage.read(key, number, asOf: 3))
        }
        #expect(batch.take(1).1 == samplePage(11))
        #expect(batch.take(3).1 == zeroPage)
    }

    @Test("pages are taken in any order, again, or never", arguments: StorageKind.allCases)
    func order(kind: StorageKind) throws {
        let (_, storage, key) = try mixture(kind)
        let batch = try storage.readPages(of: key, pages: [3, 2, 1], asOf: 3)
        for number: PageNumber in [2, 1, 2] {
            #expect(try batch.take(number) == storage.read(key, number, asOf: 3))
        }
    }

    @Test("a batch holds what it was asked for, of that program, and stays as it was", arguments: StorageKind.allCases)
    func contents(kind: StorageKind) throws {
        let (_, storage, key) = try mixture(kind)
        let other = try storage.createProgram(sampleProgram("other")).key
        let batch = try storage.readPages(of: key, pages: [2], asOf: 3)
        #expect(batch.take(1).0 == .notStored)
        #expect(batch.take(3).0 == .notStored)
        #expect(try storage.readPages(of: other, pages: [2], asOf: 3).take(2).0 == .notStored)
        #expect(try storage.readPages(of: key, pages: [], asOf: 3).take(2).0 == .notStored)

        _ = try storage.putPage(of: key, page: 2, bytes: samplePage(99))
        #expect(batch.take(2) == (.found, samplePage(2)))
        _ = try storage.deleteProgram(id: "p")
        #expect(batch.take(2) == (.found, samplePage(2)))
    }

    @Test("thousands of pages come in one query", arguments: StorageKind.allCases)
    func thousands(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        let pages = (0..<2500).map { (page: PageNumber(UInt32($0 * 3)), bytes: samplePage(UInt64($0))) }
        _ = try storage.commit(sampleCommit(key, version: 0, pages: pages))
        let batch = try storage.readPages(of: key, pages: (0..<7500).map { PageNumber($0) }, asOf: 1)
        let isWhole = pages.allSatisfy { batch.take($0.page) == (.found, $0.bytes) }
        #expect(isWhole)
        #expect(batch.take(1).0 == .notStored)
        #expect(batch.take(7498).0 == .notStored)
    }
}

extension PageBatch {
    /// Takes a page out, with its bytes if it was found.
    func take(_ page: PageNumber) -> (PageRead, [UInt8]) {
        var bytes = [UInt8](repeating: 0xee, count: PageSize.gear)
        let found = bytes.withUnsafeMutableBytes { read(page, into: $0) }
        return (found, bytes)
    }
}
