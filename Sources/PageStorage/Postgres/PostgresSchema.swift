/// The tables, as numbered steps forward: step n leads from schema n − 1 to schema n. A step that was released never
/// changes.
///
/// `pages` has no foreign key: every writer of a page holds the row lock of its program, which says the same and costs
/// nothing per page. It is keyed by program first, so that it can be partitioned or distributed by program.
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
    ]
}
