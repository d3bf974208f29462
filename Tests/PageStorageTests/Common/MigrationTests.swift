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
        #expect(try test.sql("SELECT count(*), max(number) FROM schema_migrations") == "4|4")
    }

    @Test("services that start together migrate one after another", arguments: StorageKind.allCases)
    func together(kind: StorageKind) throws {
        let test = try TestStorage(kind, isMigrated: false)
        _ = try onThreads(8) { _ in try test.open().migrate() }
        #expect(try test.sql("SELECT count(*), max(number) FROM schema_migrations") == "4|4")
        _ = try test.open().createProgram(sampleProgram())
    }

    @Test("tables of a newer version are refused", arguments: StorageKind.allCases)
    func newer(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let now = kind == .postgres ? "now()" : "0"
        try test.sql("INSERT INTO schema_migrations (number, applied_at) VALUES (99, \(now))")
        #expect(throws: StorageError.newerSchema(found: 99, known: 4)) { try test.open().migrate() }
    }

    @Test("tables of an older version are brought forward with what they hold", arguments: StorageKind.allCases)
    func older(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let program = try test.open().createProgram(sampleProgram())
        let jobs = ["finished", "failed"].map { sampleJob(state: $0, outcome: $0 == "failed" ? nil : "trap") }
        for job in jobs { try test.open().recordJob(job) }
        let page = sampleCommit(program.key, version: 0, memorySize: 20, pages: [(3, samplePage(3))], job: sampleJob())
        _ = try test.open().commit(page)
        let undoStates =
            kind == .sqlite
            ? ["ALTER TABLE programs DROP COLUMN holes"]
            : [
                "DROP SEQUENCE queue_positions",
                """
                ALTER TABLE programs ADD COLUMN version bigint, ADD COLUMN memory_size bigint,
                    ADD COLUMN updated_at timestamptz;
                UPDATE programs SET version = state.version, memory_size = state.memory_size,
                    updated_at = state.updated_at FROM program_states AS state WHERE program = key;
                DROP TABLE program_states;
                ALTER TABLE pages DROP CONSTRAINT pages_pkey, ADD PRIMARY KEY (program, page)
                """,
            ]
        for undo in undoStates { try test.sql(undo) }
        for undo in [
            "DROP TABLE servers", "DROP TABLE lanes", "DROP TABLE queue", "DROP TABLE idempotency_keys",
            "DROP TABLE callbacks", "DROP INDEX jobs_by_state", "DROP INDEX jobs_by_outcome", "DROP INDEX jobs_by_end",
            "ALTER TABLE jobs DROP COLUMN ended_at", "CREATE INDEX jobs_by_creation ON jobs (created_at)",
            "CREATE INDEX jobs_by_state ON jobs (state, id)", "CREATE INDEX jobs_by_outcome ON jobs (outcome, id)",
            "DROP TABLE metered_codes", "DROP TABLE token_usage",
            "DELETE FROM schema_migrations WHERE number >= 2",
        ] { try test.sql(undo) }
        let storage = try test.open()
        try storage.migrate()
        var changed = program
        (changed.version, changed.memorySize, changed.storedPages) = (1, 20, 1)
        changed.updatedAt = page.job.finishedAt
        #expect(try storage.program(id: "p") == changed)
        #expect(try storage.read(program.key, 3, asOf: 1) == (.found, samplePage(3)))
        #expect(
            try storage.commit(sampleCommit(program.key, version: 1, pages: [(3, zeroPage)])) == .committed(version: 2))
        #expect(try storage.beginExecution(program: "p")?.holes == [])
        let ended = try storage.endedJobs(of: nil, after: EndMark(endedAt: 0, job: ""), limit: 9)
        #expect(Set(jobs.map(\.id)).isSubset(of: ended.map(\.record.id)))
        #expect(ended.prefix(3).allSatisfy { $0.mark.endedAt == $0.record.finishedAt })
        #expect(try storage.jobs(JobFilter(outcome: "trap"), before: nil, limit: 9) == [jobs[0]])
    }
}
