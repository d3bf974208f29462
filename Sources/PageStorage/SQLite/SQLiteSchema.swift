/// The tables, as numbered steps forward: step n leads from schema n − 1 to schema n. A step that was released never
/// changes. Names are those of PostgreSQL; keys and ids are 16 bytes, times are milliseconds since 1970.
enum SQLiteSchema {
    static let steps = [
        """
        CREATE TABLE codes (
            hash TEXT PRIMARY KEY NOT NULL,
            module BLOB NOT NULL
        );
        CREATE TABLE programs (
            key BLOB PRIMARY KEY NOT NULL,
            id TEXT NOT NULL UNIQUE,
            code TEXT NOT NULL REFERENCES codes (hash) DEFERRABLE INITIALLY DEFERRED,
            version INTEGER NOT NULL,
            memory_size INTEGER NOT NULL,
            memory_maximum INTEGER NOT NULL,
            stack_end INTEGER NOT NULL,
            interface TEXT NOT NULL,
            labels TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        );
        CREATE INDEX programs_by_code ON programs (code);
        CREATE TABLE pages (
            program BLOB NOT NULL,
            page INTEGER NOT NULL,
            version INTEGER NOT NULL,
            content TEXT NOT NULL CHECK (content IN ('bytes', 'zeros', 'freed')),
            bytes BLOB,
            PRIMARY KEY (program, page)
        );
        CREATE INDEX stored_pages ON pages (program, page) WHERE content <> 'freed';
        CREATE TABLE jobs (
            id BLOB PRIMARY KEY NOT NULL,
            program TEXT NOT NULL,
            state TEXT NOT NULL,
            outcome TEXT,
            created_at INTEGER NOT NULL,
            finished_at INTEGER NOT NULL,
            committed_version INTEGER,
            document BLOB NOT NULL
        );
        CREATE INDEX jobs_by_program ON jobs (program, id);
        CREATE INDEX jobs_by_state ON jobs (state, id);
        CREATE INDEX jobs_by_outcome ON jobs (outcome, id);
        CREATE INDEX jobs_by_creation ON jobs (created_at);
        """,
        """
        CREATE TABLE metered_codes (
            code TEXT NOT NULL REFERENCES codes (hash) ON DELETE CASCADE,
            form TEXT NOT NULL,
            weights_version INTEGER NOT NULL,
            module BLOB NOT NULL,
            PRIMARY KEY (code, form, weights_version)
        );
        ALTER TABLE programs ADD COLUMN holes BLOB NOT NULL DEFAULT x'';
        """,
    ]
}
