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

    private func rowsRead(_ raw: RawPostgres) throws -> Int {
        try #require(
            Int(try raw.run("SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_user_tables WHERE relname = 'pages'")))
    }
}
