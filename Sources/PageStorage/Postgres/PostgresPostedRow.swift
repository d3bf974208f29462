import Foundation

/// A job to be accepted, as parameters of a statement.
struct PostgresPostedRow {
    let job: PostedJob
    let id: [UInt8]

    init(_ job: PostedJob, id: [UInt8]) {
        self.job = job
        self.id = id
    }

    /// One array for each column.
    static func values(_ rows: [PostgresPostedRow]) -> [PostgresValue] {
        [
            .uuids(rows.map(\.id)), .texts(rows.map(\.job.program)), .uuids(rows.map(\.job.key.bytes)),
            .byteStrings(rows.map(\.job.request)), .optionalTexts(rows.map(\.job.idempotency?.key)),
            .byteStrings(rows.map { $0.job.idempotency?.fingerprint }),
            .ints(rows.map { $0.job.idempotency?.keptMs ?? 0 }), .optionalTexts(rows.map(\.job.callbackURL)),
            .ints(rows.map(\.laneNumber)),
        ]
    }

    /// The intent as a number: the one that the lane must have, or one that none ever has.
    var laneNumber: Int64 {
        switch job.intent {
        case .leave: -1
        case .take: 0
        case .hold(let posted): max(0, posted)
        }
    }
}

extension PostgresStorage {
    /// Accepts jobs. Its rows are of three kinds: lanes that the server holds, jobs whose programs are there, and after them
    /// jobs that were accepted.
    ///
    /// - Jobs of one program follow their first one.
    /// - A held lane is locked with `KEY SHARE`: other posts go on beside it, only who frees the lane waits.
    /// - A lane that is not held is written, which orders posts to it; positions are drawn after that. The lane's writer
    ///   raises `posted`, whose old value nobody can hold the lane by any more.
    static let acceptStatement = """
        WITH input AS MATERIALIZED (
            SELECT * FROM unnest(
                $4::uuid[], $5::text[], $6::uuid[], $7::bytea[], $8::text[], $9::bytea[], $10::bigint[], $11::text[],
                $12::bigint[])
            WITH ORDINALITY AS input (
                id, program, key, request, idempotency_key, fingerprint, kept_ms, callback_url, lane_number, place)
        ), known AS MATERIALIZED (
            SELECT input.* FROM input JOIN programs ON programs.id = input.program AND programs.key = input.key
            WHERE NOT EXISTS (SELECT FROM jobs WHERE jobs.id = input.id)
        ), keyed AS (
            INSERT INTO idempotency_keys AS kept (key, fingerprint, job, expires_at)
            SELECT DISTINCT ON (idempotency_key) idempotency_key, fingerprint, id, now() + kept_ms * interval '1 ms'
            FROM known WHERE idempotency_key IS NOT NULL ORDER BY idempotency_key, place
            ON CONFLICT (key) DO UPDATE
            SET fingerprint = excluded.fingerprint, job = excluded.job, expires_at = excluded.expires_at
            WHERE kept.expires_at <= now()
            RETURNING job
        ), accepted AS MATERIALIZED (
            SELECT * FROM known WHERE idempotency_key IS NULL OR id IN (SELECT job FROM keyed)
        ), first AS MATERIALIZED (
            SELECT DISTINCT ON (key) key, lane_number FROM accepted ORDER BY key, place
        ), alive AS MATERIALIZED (
            SELECT id FROM servers
            WHERE id = $1 AND lease_until > now() AND voided_call < $2
                AND EXISTS (SELECT FROM first WHERE lane_number >= 0)
            FOR KEY SHARE
        ), held AS MATERIALIZED (
            SELECT lanes.program, posted FROM first JOIN lanes ON lanes.program = first.key
            WHERE lane_number > 0 AND posted = lane_number AND server = (SELECT id FROM alive)
            FOR KEY SHARE OF lanes
        ), written AS (
            INSERT INTO lanes AS lane (program, server, posted, waiting, since)
            SELECT key, CASE WHEN lane_number >= 0 THEN alive.id END, number,
                lane_number < 0 OR alive.id IS NULL, number
            FROM (
                SELECT key, lane_number, nextval('queue_positions') AS number
                FROM first WHERE key NOT IN (SELECT program FROM held)
            ) AS other LEFT JOIN alive ON true
            ORDER BY key
            ON CONFLICT (program) DO UPDATE
            SET server = coalesce(lane.server, excluded.server), posted = excluded.posted, waiting = true,
                since = CASE WHEN lane.waiting THEN lane.since ELSE excluded.since END
            RETURNING program, posted, waiting
        ), own AS MATERIALIZED (
            SELECT program, posted FROM held UNION ALL SELECT program, posted FROM written WHERE NOT waiting
        ), called AS (
            INSERT INTO callbacks (job, url) SELECT id, callback_url FROM accepted WHERE callback_url IS NOT NULL
        ), queued AS (
            INSERT INTO queue (id, position, program, key, server, last_call, request, accepted_at, has_callback)
            SELECT id, nextval('queue_positions'), program, key, CASE WHEN is_own THEN $1 END, $2, request, now(),
                callback_url IS NOT NULL
            FROM (SELECT accepted.*, key IN (SELECT program FROM own) AS is_own FROM accepted ORDER BY place) AS job
            RETURNING id, position, accepted_at, server, key
        ), told AS MATERIALIZED (
            SELECT pg_notify('\(postedChannel)', '') WHERE $3 AND EXISTS (SELECT FROM queued WHERE server IS NULL)
        )
        SELECT 0, program, posted, NULL::timestamptz, false, NULL::uuid FROM own
        UNION ALL SELECT 1, id, 0, NULL, false, NULL FROM known
        UNION ALL SELECT 2, id, position, accepted_at, server IS NOT NULL, key FROM queued
        UNION ALL SELECT 3, NULL, 0, NULL, false, NULL FROM told
        """
}
