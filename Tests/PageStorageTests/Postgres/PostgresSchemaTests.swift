import Foundation
import PageStorage
import TestSupport
import Testing

@Suite("PostgreSQL: connection and tables")
struct PostgresSchemaTests {
    @Test("ids sort bytewise whatever the language of the database")
    func collation() throws {
        let url = try PrivatePostgres.shared().makeDatabase(options: "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
        let storage = try StorageLocation(url).open()
        try storage.migrate()
        for id in ["a", "B", "a-b", "ab"] { _ = try storage.createProgram(sampleProgram(id)) }
        #expect(try storage.programs(after: nil, limit: 10).map(\.id) == ["B", "a", "a-b", "ab"])
    }

    @Test("a database of another encoding is refused")
    func encoding() throws {
        let url = try PrivatePostgres.shared().makeDatabase(options: "ENCODING 'SQL_ASCII'")
        let storage = try StorageLocation(url).open()
        #expect(throws: StorageError.failed("the database must have the encoding UTF8, and has SQL_ASCII")) {
            try storage.migrate()
        }
    }

    @Test("pages are compressed with lz4 where the server can")
    func compression() throws {
        let test = try TestStorage(.postgres)
        let storage = try test.open()
        let key = try storage.createProgram(sampleProgram()).key
        var page = zeroPage
        page[7] = 1
        _ = try storage.putPage(of: key, page: 1, bytes: page)
        let canDo = try test.sql(
            "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'")
        #expect(try test.sql("SELECT pg_column_compression(bytes) FROM pages") == (canDo == "t" ? "lz4" : "pglz"))
        #expect(try storage.pageData(of: key, page: 1)?.bytes == page)
    }

    @Test("a service without the right to create tables takes the ones that are there")
    func rights() throws {
        let test = try TestStorage(.postgres)
        guard case .postgres(let url) = test.location else { return }
        try test.sql(
            """
            CREATE ROLE limited_\(getpid()) LOGIN;
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO limited_\(getpid())
            """)
        let limited = url.replacingOccurrences(of: "user=lazypages", with: "user=limited_\(getpid())")
        let storage = try StorageLocation(limited).open()
        try storage.migrate()
        _ = try storage.createProgram(sampleProgram())
    }

    @Test("a location that cannot be understood is refused without telling its password")
    func location() throws {
        for text in [
            "postgresql://u:se%zzcret@h/d", "postgresql://u:secret@h/d?nonsense=1", "postgres://u:secret@[::1/d",
        ] {
            let error = #expect(throws: StorageError.self) { _ = try StorageLocation(text).open() }
            guard case .invalidLocation(let message) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(!message.contains("cret"))
            #expect(!message.contains("\n"))
        }
    }

    @Test("an unreachable server is named in one line, without the password")
    func unreachable() throws {
        let location = try StorageLocation("postgresql://u:secret@127.0.0.1:1,127.0.0.2:1/d")
        let message = try unavailableMessage { _ = try location.open(patience: .milliseconds(100)) }
        #expect(message.contains("127.0.0.1") && message.contains("127.0.0.2"))
        #expect(!message.contains("secret") && !message.contains("\n"))
    }

    @Test("the process is named to the server, unless the location names it")
    func applicationName() throws {
        let url = try PrivatePostgres.shared().makeDatabase()
        let raw = try RawPostgres(url)
        let named = { (name: String) in
            try raw.run("SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(name)'")
        }
        let storage = try StorageLocation(url).open()
        #expect(try named("lazypages \(getpid())") != "0")
        let other = try StorageLocation(url + "&application_name=other").open()
        #expect(try named("other") == "1")
        try storage.ping()
        try other.ping()
    }
}
