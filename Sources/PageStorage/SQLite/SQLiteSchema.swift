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
        """
        CREATE TABLE servers (
            id BLOB PRIMARY KEY NOT NULL,
            lease_until INTEGER NOT NULL,
            is_idle INTEGER NOT NULL
        );
        CREATE TABLE lanes (
            program BLOB PRIMARY KEY NOT NULL,
            server BLOB,
            posted INTEGER NOT NULL,
            waiting INTEGER NOT NULL,
            since INTEGER NOT NULL
        );
        CREATE INDEX waiting_lanes ON lanes (server, since) WHERE waiting;
        CREATE TABLE queue (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL UNIQUE,
            program TEXT NOT NULL,
            key BLOB NOT NULL,
            server BLOB,
            request BLOB NOT NULL,
            accepted_at INTEGER NOT NULL,
            started_at INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            suspect INTEGER NOT NULL DEFAULT 0,
            has_callback INTEGER NOT NULL
        );
        CREATE INDEX waiting_jobs ON queue (key, position) WHERE server IS NULL;
        CREATE TABLE idempotency_keys (
            key TEXT PRIMARY KEY NOT NULL,
            fingerprint BLOB NOT NULL,
            job BLOB NOT NULL,
            expires_at INTEGER NOT NULL
        );
        CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
        CREATE TABLE callbacks (
            job BLOB PRIMARY KEY NOT NULL,
            url TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
            attempts INTEGER NOT NULL DEFAULT 0,
            due_at INTEGER,
            last_status INTEGER,
            last_failure TEXT
        );
        CREATE INDEX due_callbacks ON callbacks (due_at) WHERE due_at IS NOT NULL;
        DROP INDEX jobs_by_creation;
        DROP INDEX jobs_by_state;
        DROP INDEX jobs_by_outcome;
        CREATE INDEX jobs_by_state ON jobs (state, id) WHERE state <> 'finished';
        CREATE INDEX jobs_by_outcome ON jobs (outcome, id) WHERE outcome <> 'success';
        ALTER TABLE jobs ADD COLUMN ended_at INTEGER NOT NULL DEFAULT 0;
        UPDATE jobs SET ended_at = finished_at;
        CREATE INDEX jobs_by_end ON jobs (ended_at, id);
        """,
        """
        CREATE TABLE token_usage (
            token TEXT NOT NULL,
            day INTEGER NOT NULL,
            jobs INTEGER NOT NULL,
            gas INTEGER NOT NULL,
            PRIMARY KEY (token, day)
        );
        """,
    ]
}
