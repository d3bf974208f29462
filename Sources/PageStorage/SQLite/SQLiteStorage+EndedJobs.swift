import Foundation

extension SQLiteStorage {
    func endedJobs(of program: String?, after mark: EndMark, limit: Int) throws(StorageError) -> [EndedJob] {
        let (time, id) = mark.place
        return try perform { database throws(SQLiteError) in
            try database.rows(
                """
                SELECT id, program, state, outcome, created_at, finished_at, document, ended_at FROM jobs
                WHERE (ended_at, id) > (?1, ?2) AND (?3 IS NULL OR program = ?3) ORDER BY ended_at, id LIMIT ?4
                """, [.int(time), .blob(id), .optionalText(program), .int(Int64(limit))],
                row: { row in
                    let record = Self.job(row)
                    return EndedJob(mark: EndMark(endedAt: row.int(7), job: record.id), record: record)
                })
        }
    }

    func endedJobs(among ids: [String]) throws(StorageError) -> [JobRecord] {
        var found: [JobRecord] = []
        for id in ids {
            if let record = try job(id: id) { found.append(record) }
        }
        return found
    }

    func endMark(of job: String) throws(StorageError) -> EndMark? {
        guard let id = UUID(uuidString: job) else { return nil }
        return try perform { database throws(SQLiteError) in
            try database.first(
                "SELECT ended_at FROM jobs WHERE id = ?", [.blob(id.bytes)],
                row: { EndMark(endedAt: $0.int(0), job: id.text) })
        }
    }

    func removeEndedJobs(olderThanMs ageMs: Int64, limit: Int) throws(StorageError) -> Int {
        try transaction { database throws(SQLiteError) in
            let now = currentMilliseconds()
            try database.execute(
                """
                DELETE FROM idempotency_keys WHERE key IN
                    (SELECT key FROM idempotency_keys WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
                """, [.int(now), .int(Int64(limit))])
            let removed = try database.rows(
                """
                DELETE FROM jobs WHERE id IN
                    (SELECT id FROM jobs WHERE ended_at < ? ORDER BY ended_at, id LIMIT ?)
                RETURNING id
                """, [.int(now - ageMs), .int(Int64(limit))], row: { $0.blob(0) })
            for job in removed { try database.execute("DELETE FROM callbacks WHERE job = ?", [.blob(job)]) }
            return removed.count
        }
    }
}
