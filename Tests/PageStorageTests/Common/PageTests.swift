import PageStorage
import Pages
import Testing

@Suite("Pages")
struct PageTests {
    @Test("a page is found from the version on that wrote it, and is changed before", arguments: StorageKind.allCases)
    func asOf(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        #expect(try storage.read(key, 3, asOf: 0).0 == .notStored)
        #expect(try storage.putPage(of: key, page: 3, bytes: samplePage(1)) == 1)
        #expect(try storage.putPage(of: key, page: 4, bytes: samplePage(2)) == 2)

        #expect(try storage.read(key, 3, asOf: 1) == (.found, samplePage(1)))
        #expect(try storage.read(key, 3, asOf: 2) == (.found, samplePage(1)))
        let (read, bytes) = try storage.read(key, 4, asOf: 1)
        #expect(read == .changed)
        #expect(bytes.allSatisfy { $0 == 0xee })
        #expect(try storage.read(key, 5, asOf: 2).0 == .notStored)
    }

    @Test("a page of zeros is stored as a mark and read as zeros", arguments: StorageKind.allCases)
    func zeros(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let storage = try test.open()
        let key = try storage.createProgram(sampleProgram()).key
        var almostZero = zeroPage
        almostZero[PageSize.gear - 1] = 1
        _ = try storage.commit(sampleCommit(key, version: 0, pages: [(1, zeroPage), (2, almostZero)]))
        #expect(try test.sql("SELECT page FROM pages WHERE content = 'zeros' AND bytes IS NULL") == "1")
        #expect(try storage.read(key, 1, asOf: 1) == (.found, zeroPage))
        #expect(try storage.read(key, 2, asOf: 1) == (.found, almostZero))
        #expect(try storage.pageData(of: key, page: 1) == StoredPageData(version: 1, bytes: zeroPage))
        #expect(try storage.storedPages(of: key, after: nil, limit: 10).map(\.page) == [1, 2])
    }

    @Test("a freed page counts as never stored, but has changed for older jobs", arguments: StorageKind.allCases)
    func freed(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        _ = try storage.commit(sampleCommit(key, version: 0, pages: [(1, samplePage(1)), (2, samplePage(2))]))
        #expect(try storage.commit(sampleCommit(key, version: 1, freedPages: [1])) == .committed(version: 2))
        #expect(try storage.read(key, 1, asOf: 2).0 == .notStored)
        #expect(try storage.read(key, 1, asOf: 1).0 == .changed)
        #expect(try storage.pageData(of: key, page: 1) == nil)
        #expect(try storage.storedPages(of: key, after: nil, limit: 10) == [StoredPage(page: 2, version: 1)])
        #expect(try storage.program(id: "p")?.storedPages == 1)
        #expect(try storage.beginExecution(program: "p")?.storedPages == [2])

        _ = try storage.commit(sampleCommit(key, version: 2, pages: [(1, samplePage(3))]))
        #expect(try storage.read(key, 1, asOf: 3) == (.found, samplePage(3)))
    }

    @Test("a row of the wrong length is told from a page", arguments: StorageKind.allCases, [0, 1, 16_383, 16_385])
    func wrongSize(kind: StorageKind, size: Int) throws {
        let test = try TestStorage(kind)
        let storage = try test.open()
        let key = try storage.createProgram(sampleProgram()).key
        _ = try storage.putPage(of: key, page: 1, bytes: samplePage(1))
        let hex = String(repeating: "ab", count: size)
        switch kind {
        case .postgres: try test.sql("UPDATE pages SET bytes = decode('\(hex)', 'hex')")
        case .sqlite: try test.sql("UPDATE pages SET bytes = x'\(hex)'")
        }
        let (read, bytes) = try storage.read(key, 1, asOf: 1)
        #expect(read == .wrongSize(size))
        #expect(bytes.allSatisfy { $0 == 0xee })
    }

    @Test("a page put from outside raises the version and the time of the program", arguments: StorageKind.allCases)
    func put(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let program = try storage.createProgram(sampleProgram())
        #expect(try storage.putPage(of: program.key, page: 7, bytes: samplePage(1)) == 1)
        #expect(try storage.putPage(of: program.key, page: 7, bytes: samplePage(2)) == 2)
        #expect(try storage.pageData(of: program.key, page: 7) == StoredPageData(version: 2, bytes: samplePage(2)))
        #expect(try storage.pageData(of: program.key, page: 8) == nil)
        let changed = try #require(try storage.program(id: "p"))
        #expect(changed.version == 2)
        #expect(changed.storedPages == 1)
        #expect(changed.updatedAt > program.updatedAt)

        _ = try storage.deleteProgram(id: "p")
        #expect(try storage.putPage(of: program.key, page: 7, bytes: samplePage(3)) == nil)
    }

    @Test("stored pages are listed in order, part by part", arguments: StorageKind.allCases)
    func listing(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        let other = try storage.createProgram(sampleProgram("other")).key
        _ = try storage.putPage(of: other, page: 1, bytes: samplePage(1))
        let numbers: [PageNumber] = [0, 2, 255, 256, 70_000, 262_143]
        _ = try storage.commit(sampleCommit(key, version: 0, pages: numbers.map { ($0, samplePage(1)) }))
        #expect(try storage.beginExecution(program: "p")?.storedPages == numbers)
        #expect(try storage.storedPages(of: key, after: nil, limit: 2).map(\.page) == [0, 2])
        #expect(try storage.storedPages(of: key, after: 0, limit: 2).map(\.page) == [2, 255])
        #expect(try storage.storedPages(of: key, after: 256, limit: 9).map(\.page) == [70_000, 262_143])
        #expect(try storage.storedPages(of: key, after: 262_143, limit: 9).isEmpty)
    }
}
