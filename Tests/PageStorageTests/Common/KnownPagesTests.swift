import PageStorage
import Pages
import Testing

@Suite("Stored pages that are known")
struct KnownPagesTests {
    /// A list that no storage would come up with, so that it shows when it was taken over.
    private func marked(_ start: ExecutionStart) -> StoredPageList {
        StoredPageList(key: start.key, version: start.version, updatedAt: start.updatedAt, pages: [7777])
    }

    @Test("a list of the same key, version and time is taken over", arguments: StorageKind.allCases)
    func known(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        _ = try storage.commit(sampleCommit(key, version: 0, pages: [(1, samplePage(1)), (9, zeroPage)]))
        let start = try #require(try storage.beginExecution(program: "p", known: nil))
        #expect(start.storedPages == [1, 9])
        var expected = start
        expected.storedPages = [7777]
        #expect(try storage.beginExecution(program: "p", known: marked(start)) == expected)
    }

    @Test("a version of the same number that was stored at another time is another", arguments: StorageKind.allCases)
    func otherHistory(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        _ = try storage.commit(sampleCommit(key, version: 0, pages: [(1, samplePage(1))]))
        var known = marked(try #require(try storage.beginExecution(program: "p", known: nil)))
        known.updatedAt -= 1
        #expect(try storage.beginExecution(program: "p", known: known)?.storedPages == [1])
    }

    @Test("a program without pages is no exception", arguments: StorageKind.allCases)
    func empty(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        _ = try storage.createProgram(sampleProgram())
        let start = try #require(try storage.beginExecution(program: "p", known: nil))
        #expect(start.storedPages == [])
        #expect(try storage.beginExecution(program: "p", known: marked(start))?.storedPages == [7777])
    }

    @Test("whatever changes the pages makes the list be listed anew", arguments: StorageKind.allCases)
    func changes(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        var last = marked(try #require(try storage.beginExecution(program: "p")))
        func expectListed(_ pages: [PageNumber]) throws {
            let start = try #require(try storage.beginExecution(program: "p", known: last))
            #expect(start.storedPages == pages)
            last = marked(start)
        }
        _ = try storage.commit(sampleCommit(key, version: 0, pages: [(1, samplePage(1)), (2, samplePage(2))]))
        try expectListed([1, 2])
        _ = try storage.putPage(of: key, page: 5, bytes: samplePage(5))
        try expectListed([1, 2, 5])
        _ = try storage.commit(sampleCommit(key, version: 2, freedPages: [2]))
        try expectListed([1, 5])
        _ = try storage.commit(sampleCommit(key, version: 3, pages: [(2, samplePage(2))], freedPages: [1, 5]))
        try expectListed([2])
        _ = try storage.deleteProgram(id: "p")
        #expect(try storage.beginExecution(program: "p", known: last) == nil)
        // The new program comes to the same version.
        let again = try storage.createProgram(sampleProgram()).key
        for version: Int64 in 0..<4 {
            _ = try storage.commit(sampleCommit(again, version: version, pages: [(8, samplePage(8))]))
        }
        #expect(last.version == 4)
        try expectListed([8])
    }
}
