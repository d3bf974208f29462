extension PostgresStorage {
    /// Accepts jobs for lanes that the server holds: the usual case, and so one with a statement of its own, which costs a
    /// fraction of the one for all cases.
    /// - Parameter rows: jobs that hold their lanes, with no key and no callback.
    /// - Returns: nothing for jobs whose lanes are not held as they say, or with which there is something else: nothing was
    ///   done about those.
    static func postHeld(
        _ rows: [PostgresPostedRow], call: Int64, by server: ServerID, on connection: PostgresConnection
    ) throws(PostgresError) -> [PostedOutcome?] {
        let queued = try connection.execute(
            """
            WITH input AS MATERIALIZED (
                SELECT * FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::bytea[], $7::bigint[])
                WITH ORDINALITY AS input (id, program, key, request, lane_number, place)
            ), first AS MATERIALIZED (
                SELECT DISTINCT key, lane_number FROM input ORDER BY key
            ), held AS MATERIALIZED (
                SELECT lanes.program FROM first JOIN lanes ON lanes.program = first.key
                WHERE server = $1 AND posted = lane_number
                    AND EXISTS (SELECT FROM servers WHERE id = $1 AND lease_until > now() AND voided_call < $2)
                FOR KEY SHARE OF lanes
            )
            INSERT INTO queue (id, position, program, key, server, last_call, request, accepted_at, has_callback)
            SELECT id, nextval('queue_positions'), program, key, $1, $2, request, now(), false
            FROM (
                SELECT input.* FROM input
                WHERE key IN (SELECT program FROM held)
                    AND EXISTS (SELECT FROM programs WHERE programs.id = input.program AND programs.key = input.key)
                    AND NOT EXISTS (SELECT FROM jobs WHERE jobs.id = input.id)
                ORDER BY place
            ) AS job
            RETURNING id, position, accepted_at
            """,
            [
                .bytes(server.bytes), .int(call), .uuids(rows.map(\.id)), .texts(rows.map(\.job.program)),
                .uuids(rows.map(\.job.key.bytes)), .byteStrings(rows.map(\.job.request)),
                .ints(rows.map(\.laneNumber)),
            ])
        var accepted: [[UInt8]: PostedOutcome.Acceptance] = [:]
        for row in 0..<queued.rowCount {
            accepted[queued.bytes(row, 0)] = .init(position: queued.int(row, 1), acceptedAt: queued.time(row, 2))
        }
        return rows.map { row in accepted[row.id].map { .claimed($0, posted: row.laneNumber) } }
    }
}

extension PostgresPostedRow {
    /// Whether `postHeld` may take it.
    var isPlain: Bool {
        guard case .hold = job.intent else { return false }
        return job.idempotency == nil && job.callbackURL == nil
    }
}
