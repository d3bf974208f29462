-- What a worker asks of PostgreSQL for a committed job that reads one page and writes it (Sources/PageStorage/Postgres):
-- the same three statements in three round trips, for pgbench. The variable `document` is the JSON of such a job.
\set id random(0, 4611686018427387903)

SELECT key, code, state.version, memory_size, memory_maximum, stack_end,
    (SELECT string_agg(int4send(page::integer), '' ORDER BY page) FROM pages
     WHERE pages.program = key AND content <> 'freed') AS stored
FROM programs, LATERAL (
    SELECT * FROM program_states WHERE program = key ORDER BY version DESC LIMIT 1
) AS state WHERE id = 'pgbench-' || :client_id::text \gset

SELECT version AS page_version, content, bytes FROM pages WHERE program = :key AND page = 4
ORDER BY version DESC LIMIT 1 \gset

WITH raised AS (
    UPDATE program_states SET version = version + 1, updated_at = now(), memory_size = :memory_size
    WHERE program = :key AND version = :version
    RETURNING version
), replaced AS (
    DELETE FROM pages WHERE ctid = ANY (ARRAY(
        SELECT (
            SELECT ctid FROM pages WHERE program = :key AND pages.page = written.page ORDER BY version DESC LIMIT 1
        )
        FROM raised, unnest(ARRAY[4]::bigint[]) AS written (page)))
), stored AS (
    INSERT INTO pages (program, page, version, content, bytes)
    SELECT :key, written.page, raised.version, written.content, written.bytes
    FROM raised, unnest(ARRAY[4]::bigint[], ARRAY[:content]::text[], ARRAY[:bytes]::bytea[])
        AS written (page, content, bytes)
), recorded AS (
    INSERT INTO jobs
        (committed_version, id, program, state, outcome, created_at, finished_at, document)
    -- Ids that sort by time, as those of jobs do.
    SELECT version,
        (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 16, '0') || lpad(to_hex(:id::bigint), 16, '0'))::uuid,
        'pgbench-' || :client_id::text, 'finished', 'success', now(), now(), :document::bytea
    FROM raised
)
SELECT version FROM raised;
