import PageStorage
import Testing

@Suite("Migration")
struct MigrationTests {
    @Test("migrating again changes nothing", arguments: StorageKind.allCases)
    func twice(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let storage = try test.open()
        let program = try storage.createProgram(sampleProgram())
        try storage.migrate()
        try test.open().migrate()
        #expect(try storage.program(id: "p") == program)
        #expect(try test.sql("SELECT count(*), max(number) FROM schema_migrations") == "2|2")
    }

    @Test("services that start together migrate one after another", arguments: StorageKind.allCases)
    func together(kind: StorageKind) throws {
        let test = try TestStorage(kind, isMigrated: false)
        _ = try onThreads(8) { _ in try test.open().migrate() }
        #expect(try test.sql("SELECT count(*), max(number) FROM schema_migrations") == "2|2")
        _ = try test.open().createProgram(sampleProgram())
    }

    @Test("tables of a newer version are refused", arguments: StorageKind.allCases)
    func newer(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let now = kind == .postgres ? "now()" : "0"
        try test.sql("INSERT INTO schema_migrations (number, applied_at) VALUES (99, \(now))")
        #expect(throws: StorageError.newerSchema(found: 99, known: 2)) { try test.open().migrate() }
    }

    @Test("tables of an older version are brought forward with what they hold", arguments: StorageKind.allCases)
    func older(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let program = try test.open().createProgram(sampleProgram())
        for undo in [
            "DROP TABLE metered_codes", "ALTER TABLE programs DROP COLUMN holes",
            "DELETE FROM schema_migrations WHERE number = 2",
        ] { try test.sql(undo) }
        let storage = try test.open()
        try storage.migrate()
        #expect(try storage.program(id: "p") == program)
        #expect(try storage.beginExecution(program: "p")?.holes == [])
    }
}
