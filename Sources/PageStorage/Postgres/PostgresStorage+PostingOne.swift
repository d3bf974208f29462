extension PostgresStorage {
    /// Accepts a job for a lane that the server holds: the usual case, and so one with a statement of its own, which costs a
    /// fraction of the one for all cases.
    /// - Returns: nil if the lane is not held as the job says, or there is more to it: nothing was done.
    static func postHeld(
        _ row: PostgresPostedRow, call: Int64, by server: ServerID, on connection: PostgresConnection
    ) throws(PostgresError) -> PostedOutcome? {
        let job = row.job
        guard case .hold(let posted) = job.intent, job.idempotency == nil, job.callbackURL == nil else { return nil }
        let queued = try connection.execute(
            """
            WITH held AS MATERIALIZED (
                SELECT FROM lanes
                WHERE program = $3 AND server = $1 AND posted = $4
                    AND EXISTS (SELECT FROM servers WHERE id = $1 AND lease_until > now() AND voided_call < $6)
                FOR KEY SHARE
            )
            INSERT INTO queue (id, position, program, key, server, last_call, request, accepted_at, has_callback)
            SELECT $2, nextval('queue_positions'), $5, $3, $1, $6, $7, now(), false FROM held
            WHERE EXISTS (SELECT FROM programs WHERE id = $5 AND key = $3)
                AND NOT EXISTS (SELECT FROM jobs WHERE id = $2)
            RETURNING position, accepted_at
            """,
            [
                .bytes(server.bytes), .bytes(row.id), .bytes(job.key.bytes), .int(posted), .text(job.program),
                .int(call), .bytes(job.request),
            ])
        guard queued.rowCount == 1 else { return nil }
        return .claimed(.init(position: queued.int(0, 0), acceptedAt: queued.time(0, 1)), posted: posted)
    }
}
