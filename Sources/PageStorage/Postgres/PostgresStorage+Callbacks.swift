import Foundation

extension PostgresStorage {
    func claimCallbacks(limit: Int, leaseMs: Int64) throws(StorageError) -> [DueCallback] {
        try perform { connection, _ throws(PostgresError) in
            let due = try connection.execute(
                """
                WITH due AS MATERIALIZED (
                    SELECT job FROM callbacks WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
                ), claimed AS (
                    UPDATE callbacks SET due_at = now() + $2::bigint * interval '1 ms'
                    WHERE job = ANY (ARRAY(SELECT job FROM due)) RETURNING job, url, attempts
                )
                SELECT job, url, attempts, document FROM claimed JOIN jobs ON id = job
                """, [.int(Int64(limit)), .int(leaseMs)])
            return (0..<due.rowCount).map {
                DueCallback(
                    job: due.uuid($0, 0)?.text ?? "", url: due.text($0, 1), attempts: Int(due.int($0, 2)),
                    document: due.bytes($0, 3))
            }
        }
    }

    func settleCallback(of job: String, _ attempt: CallbackAttempt, retryAfterMs: Int64?) throws(StorageError) {
        let id = try jobIDBytes(job)
        // Not repeated: done twice it would count twice. Unsettled, the callback comes back.
        try perform(repeats: false) { connection, _ throws(PostgresError) in
            _ = try connection.execute(
                """
                UPDATE callbacks SET attempts = attempts + 1, state = $2, due_at = now() + $3::bigint * interval '1 ms',
                    last_status = $4, last_failure = $5
                WHERE job = $1 AND state = 'waiting'
                """,
                [
                    .bytes(id), .text(attempt.state(retryAfterMs: retryAfterMs).rawValue),
                    attempt.failure == nil ? .null : retryAfterMs.map { .int($0) } ?? .null,
                    attempt.status.map { .int(Int64($0)) } ?? .null, .optionalText(attempt.failure),
                ])
        }
    }

    func callback(of job: String) throws(StorageError) -> CallbackRecord? {
        guard let id = UUID(uuidString: job) else { return nil }
        return try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                "SELECT url, state, attempts, last_status, last_failure FROM callbacks WHERE job = $1",
                [.bytes(id.bytes)])
            guard found.rowCount == 1 else { return nil }
            return CallbackRecord(
                url: found.text(0, 0), state: found.text(0, 1), attempts: Int(found.int(0, 2)),
                status: found.isNull(0, 3) ? nil : Int(found.int(0, 3)),
                failure: found.isNull(0, 4) ? nil : found.text(0, 4))
        }
    }
}
