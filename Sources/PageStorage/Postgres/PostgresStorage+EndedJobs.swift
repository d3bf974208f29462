import Foundation

extension PostgresStorage {
    func endedJobs(of program: String?, after mark: EndMark, limit: Int) throws(StorageError) -> [EndedJob] {
        let (time, id) = mark.place
        let selection = program == nil ? "" : "AND program = $4"
        return try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                """
                SELECT \(Self.jobColumns), ended_at FROM jobs
                WHERE (ended_at, id) > ($1, $2) \(selection) ORDER BY ended_at, id LIMIT $3
                """, [.time(time), .bytes(id), .int(Int64(limit))] + (program.map { [.text($0)] } ?? []))
            return (0..<found.rowCount).map { row in
                let record = Self.job(found, row: row)
                let mark = EndMark(endedAt: found.time(row, Self.jobColumnCount), job: record.id)
                return EndedJob(mark: mark, record: record)
            }
        }
    }

    func endedJobs(among ids: [String]) throws(StorageError) -> [JobRecord] {
        let ids = ids.compactMap { UUID(uuidString: $0)?.bytes }
        return try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute("\(Self.selectJob) WHERE id = ANY ($1::uuid[])", [.uuids(ids)])
            return (0..<found.rowCount).map { Self.job(found, row: $0) }
        }
    }

    func endMark(of job: String) throws(StorageError) -> EndMark? {
        guard let id = UUID(uuidString: job) else { return nil }
        return try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute("SELECT ended_at FROM jobs WHERE id = $1", [.bytes(id.bytes)])
            return found.rowCount == 0 ? nil : EndMark(endedAt: found.time(0, 0), job: id.text)
        }
    }

    func removeEndedJobs(olderThanMs ageMs: Int64, limit: Int) throws(StorageError) -> Int {
        try perform { connection, _ throws(PostgresError) in
            _ = try connection.execute(
                """
                DELETE FROM idempotency_keys WHERE key = ANY (ARRAY(
                    SELECT key FROM idempotency_keys WHERE expires_at <= now() ORDER BY expires_at LIMIT $1
                    FOR UPDATE SKIP LOCKED)) AND expires_at <= now()
                """, [.int(Int64(limit))])
            let removed = try connection.execute(
                """
                WITH removed AS (
                    DELETE FROM jobs WHERE id = ANY (ARRAY(
                        SELECT id FROM jobs WHERE ended_at < now() - $1::bigint * interval '1 ms' ORDER BY ended_at, id LIMIT $2
                        FOR UPDATE SKIP LOCKED))
                    RETURNING id
                ), forgotten AS (
                    DELETE FROM callbacks WHERE job = ANY (ARRAY(SELECT id FROM removed))
                )
                SELECT count(*) FROM removed
                """, [.int(ageMs), .int(Int64(limit))])
            return Int(removed.int(0, 0))
        }
    }
}
