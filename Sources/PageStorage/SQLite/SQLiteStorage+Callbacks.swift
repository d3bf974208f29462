import Foundation

extension SQLiteStorage {
    func claimCallbacks(limit: Int, leaseMs: Int64) throws(StorageError) -> [DueCallback] {
        let now = currentMilliseconds()
        // Looked for without the write lock, since as a rule there are none.
        let isAnyDue = try perform { database throws(SQLiteError) in
            try database.first("SELECT 1 FROM callbacks WHERE due_at <= ? LIMIT 1", [.int(now)], row: { _ in true })
        }
        guard isAnyDue != nil else { return [] }
        return try transaction { database throws(SQLiteError) in
            let due = try database.rows(
                """
                SELECT job, url, attempts, document FROM callbacks JOIN jobs ON id = job
                WHERE due_at <= ? ORDER BY due_at LIMIT ?
                """, [.int(now), .int(Int64(limit))],
                row: {
                    DueCallback(job: $0.uuidText(0), url: $0.text(1), attempts: Int($0.int(2)), document: $0.blob(3))
                })
            for callback in due {
                guard let job = UUID(uuidString: callback.job) else { continue }
                try database.execute(
                    "UPDATE callbacks SET due_at = ? WHERE job = ?", [.int(now + leaseMs), .blob(job.bytes)])
            }
            return due
        }
    }

    func settleCallback(of job: String, _ attempt: CallbackAttempt, retryAfterMs: Int64?) throws(StorageError) {
        let id = try jobIDBytes(job)
        _ = try transaction { database throws(SQLiteError) in
            try database.execute(
                """
                UPDATE callbacks SET attempts = attempts + 1, state = ?2, due_at = ?3, last_status = ?4, last_failure = ?5
                WHERE job = ?1 AND state = 'waiting'
                """,
                [
                    .blob(id), .text(attempt.state(retryAfterMs: retryAfterMs).rawValue),
                    attempt.failure == nil ? .null : retryAfterMs.map { .int(currentMilliseconds() + $0) } ?? .null,
                    attempt.status.map { .int(Int64($0)) } ?? .null, .optionalText(attempt.failure),
                ])
        }
    }

    func callback(of job: String) throws(StorageError) -> CallbackRecord? {
        guard let id = UUID(uuidString: job) else { return nil }
        return try perform { database throws(SQLiteError) in
            try database.first(
                "SELECT url, state, attempts, last_status, last_failure FROM callbacks WHERE job = ?",
                [.blob(id.bytes)],
                row: { row in
                    CallbackRecord(
                        url: row.text(0), state: row.text(1), attempts: Int(row.int(2)),
                        status: row.isNull(3) ? nil : Int(row.int(3)), failure: row.isNull(4) ? nil : row.text(4))
                })
        }
    }
}
