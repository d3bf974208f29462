/// The tables, as numbered steps forward: step n leads from schema n − 1 to schema n. A step that was released never
/// changes.
///
/// `pages` has no foreign key: every writer of a page holds the row lock of its program's state, which says the same and
/// costs nothing per page. It is keyed by program first, so that it can be partitioned or distributed by program.
///
/// A program has one state, and a page one row. The version is part of their keys all the same: while some transaction
/// holds an old snapshot, no version of a row that was replaced can go. A reader that asks for the newest by the index
/// meets it first, and a writer that names the version meets that one alone; by the page or program alone both would go
/// through everything that was replaced.
enum PostgresSchema {
    static let steps = [
        """
        CREATE TABLE codes (
            hash text COLLATE "C" PRIMARY KEY,
            module bytea NOT NULL
        );
        CREATE TABLE programs (
            key uuid PRIMARY KEY,
            id text COLLATE "C" NOT NULL UNIQUE,
            code text COLLATE "C" NOT NULL REFERENCES codes (hash) DEFERRABLE INITIALLY DEFERRED,
            version bigint NOT NULL,
            memory_size bigint NOT NULL,
            memory_maximum bigint NOT NULL,
            stack_end bigint NOT NULL,
            interface text NOT NULL,
            labels text NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        );
        CREATE INDEX programs_by_code ON programs (code);
        CREATE TABLE pages (
            program uuid NOT NULL,
            page bigint NOT NULL,
            version bigint NOT NULL,
            content text COLLATE "C" NOT NULL CHECK (content IN ('bytes', 'zeros', 'freed')),
            bytes bytea,
            PRIMARY KEY (program, page)
        );
        CREATE INDEX stored_pages ON pages (program, page) WHERE content <> 'freed';
        CREATE TABLE jobs (
            id uuid PRIMARY KEY,
            program text COLLATE "C" NOT NULL,
            state text COLLATE "C" NOT NULL,
            outcome text COLLATE "C",
            created_at timestamptz NOT NULL,
            finished_at timestamptz NOT NULL,
            committed_version bigint,
            document bytea NOT NULL
        );
        CREATE INDEX jobs_by_program ON jobs (program, id);
        CREATE INDEX jobs_by_state ON jobs (state, id);
        CREATE INDEX jobs_by_outcome ON jobs (outcome, id);
        CREATE INDEX jobs_by_creation ON jobs (created_at);
        COMMENT ON COLUMN pages.version IS 'the version of the program that wrote the page';
        COMMENT ON COLUMN pages.content IS
            'bytes: the page is in the column bytes; zeros: it is all zeros; freed: it counts as never stored';
        COMMENT ON COLUMN jobs.committed_version IS 'the version of the program after the job, if the job committed';
        COMMENT ON COLUMN jobs.document IS 'JSON in UTF-8';
        -- A page of a program is mostly zeros. Servers built without lz4 keep their own way of compressing.
        DO $$
        DECLARE compressed text;
        BEGIN
            FOREACH compressed IN ARRAY ARRAY[
                'codes ALTER COLUMN module', 'pages ALTER COLUMN bytes', 'jobs ALTER COLUMN document']
            LOOP
                EXECUTE 'ALTER TABLE ' || compressed || ' SET COMPRESSION lz4';
            END LOOP;
        EXCEPTION
            WHEN feature_not_supported OR invalid_parameter_value OR syntax_error THEN NULL;
        END
        $$;
        """,
        """
        CREATE TABLE metered_codes (
            code text COLLATE "C" NOT NULL REFERENCES codes (hash) ON DELETE CASCADE,
            form text COLLATE "C" NOT NULL,
            weights_version bigint NOT NULL,
            module bytea NOT NULL,
            PRIMARY KEY (code, form, weights_version)
        );
        ALTER TABLE programs ADD COLUMN holes bytea NOT NULL DEFAULT '\\x';
        COMMENT ON COLUMN metered_codes.form IS 'how the module counts what it burns: fast or exact';
        COMMENT ON COLUMN programs.holes IS 'pages of memory that the program has freed';
        DO $$
        BEGIN
            ALTER TABLE metered_codes ALTER COLUMN module SET COMPRESSION lz4;
        EXCEPTION
            WHEN feature_not_supported OR invalid_parameter_value OR syntax_error THEN NULL;
        END
        $$;
        """,
        """
        CREATE TABLE servers (
            id uuid PRIMARY KEY,
            lease_until timestamptz NOT NULL,
            is_idle boolean NOT NULL,
            voided_call bigint NOT NULL DEFAULT 0
        );
        CREATE SEQUENCE queue_positions;
        CREATE TABLE lanes (
            program uuid PRIMARY KEY,
            server uuid,
            posted bigint NOT NULL,
            waiting boolean NOT NULL,
            since bigint NOT NULL
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
        CREATE INDEX waiting_lanes ON lanes (server, since) WHERE waiting;
        CREATE TABLE queue (
            id uuid PRIMARY KEY,
            position bigint NOT NULL,
            program text COLLATE "C" NOT NULL,
            key uuid NOT NULL,
            server uuid,
            last_call bigint NOT NULL,
            request bytea NOT NULL,
            accepted_at timestamptz NOT NULL,
            started_at timestamptz,
            attempts bigint NOT NULL DEFAULT 0,
            suspect boolean NOT NULL DEFAULT false,
            has_callback boolean NOT NULL
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
        CREATE INDEX waiting_jobs ON queue (key, position) WHERE server IS NULL;
        CREATE TABLE idempotency_keys (
            key text COLLATE "C" PRIMARY KEY,
            fingerprint bytea NOT NULL,
            job uuid NOT NULL,
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
        CREATE TABLE callbacks (
            job uuid PRIMARY KEY,
            url text NOT NULL,
            state text COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
            attempts bigint NOT NULL DEFAULT 0,
            due_at timestamptz,
            last_status bigint,
            last_failure text
        );
        CREATE INDEX due_callbacks ON callbacks (due_at) WHERE due_at IS NOT NULL;
        CREATE TABLE program_states (
            program uuid NOT NULL,
            version bigint NOT NULL,
            memory_size bigint NOT NULL,
            holes bytea NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (program, version)
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
        INSERT INTO program_states (program, version, memory_size, holes, updated_at)
        SELECT key, version, memory_size, holes, updated_at FROM programs;
        ALTER TABLE programs DROP COLUMN version, DROP COLUMN memory_size, DROP COLUMN holes, DROP COLUMN updated_at;
        ALTER TABLE pages DROP CONSTRAINT pages_pkey, ADD PRIMARY KEY (program, page, version);
        COMMENT ON TABLE program_states IS 'what every job may change of a program, apart from its pages: one row each';
        COMMENT ON COLUMN program_states.holes IS 'pages of memory that the program has freed';
        DROP INDEX jobs_by_creation, jobs_by_state, jobs_by_outcome;
        CREATE INDEX jobs_by_state ON jobs (state, id) WHERE state <> 'finished';
        CREATE INDEX jobs_by_outcome ON jobs (outcome, id) WHERE outcome <> 'success';
        ALTER TABLE jobs ADD COLUMN ended_at timestamptz;
        UPDATE jobs SET ended_at = date_trunc('milliseconds', finished_at);
        ALTER TABLE jobs ALTER COLUMN ended_at SET NOT NULL,
            ALTER COLUMN ended_at SET DEFAULT date_trunc('milliseconds', clock_timestamp());
        CREATE INDEX jobs_by_end ON jobs (ended_at, id);
        COMMENT ON TABLE servers IS 'servers whose leases run, or have run out without anyone having noticed';
        COMMENT ON COLUMN servers.voided_call IS 'calls up to this one claim nothing if they come only now';
        COMMENT ON TABLE lanes IS 'programs that a server holds, or that jobs wait for';
        COMMENT ON COLUMN lanes.program IS 'the key of the program';
        COMMENT ON COLUMN lanes.server IS 'the server that runs the jobs of the program; none: whoever is free';
        COMMENT ON COLUMN lanes.posted IS 'another number after each post that did not come from the lane''s holder';
        COMMENT ON COLUMN lanes.waiting IS 'there are jobs that were posted and not yet looked at';
        COMMENT ON COLUMN lanes.since IS 'the order in which lanes began to wait';
        COMMENT ON TABLE queue IS 'jobs that have not ended';
        COMMENT ON COLUMN queue.server IS 'the server that has claimed the job';
        COMMENT ON COLUMN queue.last_call IS 'which call wrote the row: its answer may be lost, and it is repeated then';
        COMMENT ON COLUMN queue.suspect IS 'a server ended while the job was the first of its program there';
        COMMENT ON COLUMN jobs.ended_at IS 'when the end was noted, by the clock of the database';
        DO $$
        BEGIN
            ALTER TABLE queue ALTER COLUMN request SET COMPRESSION lz4;
        EXCEPTION
            WHEN feature_not_supported OR invalid_parameter_value OR syntax_error THEN NULL;
        END
        $$;
        """,
        """
        CREATE TABLE token_usage (
            token text COLLATE "C" NOT NULL,
            day bigint NOT NULL,
            jobs bigint NOT NULL,
            gas bigint NOT NULL,
            PRIMARY KEY (token, day)
        );
        COMMENT ON TABLE token_usage IS 'what the bearers of tokens with a quota have had';
        COMMENT ON COLUMN token_usage.day IS 'days since 1970-01-01, by UTC';
        """,
    ]
}
