import PageStorage
import Pages
import TestSupport
import Testing

@Suite("PostgreSQL: how many rows a query goes over")
struct PostgresPlanTests {
    @Test("a few of many pages are looked up each, also where the server knows nothing of the table yet")
    func manyPages() throws {
        let url = try PrivatePostgres.shared().makeDatabase()
        let (raw, storage) = (try RawPostgres(url), try StorageLocation(url).open())
        try storage.migrate()
        try raw.run("ALTER TABLE pages SET (autovacuum_enabled = false)")
        let key = try storage.createProgram(sampleProgram()).key
        let pages = (0..<2000).map { (page: PageNumber(UInt32($0)), bytes: zeroPage) }
        _ = try storage.commit(sampleCommit(key, version: 0, pages: pages))
        let before = try rowsRead(raw)
        let queries = 10
        // In a connection that ends, and says then what it did.
        do {
            let reader = try StorageLocation(url).open()
            for _ in 0..<queries { _ = try reader.readPages(of: key, pages: [3, 700, 1999], asOf: 1) }
        }
        var read = 0
        for _ in 0..<1000 where read < 3 * queries { read = try rowsRead(raw) - before }
        #expect(read == 3 * queries)
    }

    @Test("the list of few pages is read past what was replaced, though an old snapshot keeps that")
    func oldSnapshot() throws {
        let url = try PrivatePostgres.shared().makeDatabase()
        let (raw, storage) = (try RawPostgres(url), try StorageLocation(url).open())
        try storage.migrate()
        try raw.run("ALTER TABLE pages SET (autovacuum_enabled = false)")
        let key = try storage.createProgram(sampleProgram()).key
        let old = try RawPostgres(url)
        try old.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pages")
        for round in 0..<100 {
            for page in [PageNumber(1), 5, 9] {
                _ = try storage.putPage(of: key, page: page, bytes: samplePage(UInt64(round)))
            }
        }
        let before = try entriesRead(raw)
        let queries = 10
        do {
            let reader = try StorageLocation(url).open()
            for _ in 0..<queries {
                #expect(try reader.beginExecution(program: "p")?.storedPages == [1, 5, 9])
            }
        }
        // Until the connection has said what it did, and for a while after.
        var read = 0
        for _ in 0..<1000 where read < 3 * queries { read = try entriesRead(raw) - before }
        #expect(read < 10 * queries)
        try old.run("ROLLBACK")
    }

    @Test(
        "lists of few and of many pages are whole, without those that were freed",
        arguments: [0, 1, 63, 64, 65, 66, 500])
    func lists(count: Int) throws {
        let url = try PrivatePostgres.shared().makeDatabase()
        let storage = try StorageLocation(url).open()
        try storage.migrate()
        let key = try storage.createProgram(sampleProgram()).key
        let pages = (0..<count).map { (page: PageNumber(UInt32(3 * $0)), bytes: zeroPage) }
        _ = try storage.commit(sampleCommit(key, version: 0, pages: pages))
        #expect(try storage.beginExecution(program: "p")?.storedPages == pages.map(\.page))
        guard count > 1 else { return }
        _ = try storage.commit(sampleCommit(key, version: 1, freedPages: [pages[1].page]))
        let left = pages.map(\.page).filter { $0 != pages[1].page }
        #expect(try storage.beginExecution(program: "p")?.storedPages == left)
    }

    private func entriesRead(_ raw: RawPostgres) throws -> Int {
        try #require(
            Int(try raw.run("SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'pages'")))
    }

    private func rowsRead(_ raw: RawPostgres) throws -> Int {
        try #require(
            Int(try raw.run("SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_user_tables WHERE relname = 'pages'")))
    }
}
