import Foundation

extension PostgresStorage {
    func countAttempt(of job: String, by server: ServerID) throws(StorageError) -> Int? {
        let id = try jobIDBytes(job)
        let call = Self.newCall()
        return try perform { connection, _ throws(PostgresError) in
            // Counted once, however often the statement is repeated.
            let counted = try connection.execute(
                """
                UPDATE queue SET attempts = attempts + CASE WHEN last_call = $3 THEN 0 ELSE 1 END, last_call = $3,
                    suspect = false
                WHERE id = $1 AND server = $2 RETURNING attempts
                """, [.bytes(id), .bytes(server.bytes), .int(call)])
            return counted.rowCount == 0 ? nil : Int(counted.int(0, 0))
        }
    }

    func cancelJob(_ record: JobRecord) throws(StorageError) -> Bool {
        let row = try PostgresJobRow(record)
        return try perform { connection, isRepeated throws(PostgresError) in
            // Waits for a commit under way, which holds the row.
            let recorded = try connection.execute(
                """
                WITH ended AS (
                    DELETE FROM queue WHERE id = $1 RETURNING has_callback
                ), recorded AS (
                    INSERT INTO jobs (id, program, state, outcome, created_at, finished_at, document)
                    SELECT $1, $2, $3, $4, $5, $6, $7 FROM ended ON CONFLICT (id) DO NOTHING RETURNING id
                ), called AS (
                    UPDATE callbacks SET due_at = now() FROM ended WHERE has_callback AND job = $1
                )
                SELECT FROM recorded
                """, row.values)
            if recorded.rowCount == 1 { return true }
            guard isRepeated else { return false }
            return try Self.record(row.id, on: connection) == record
        }
    }

    func queuedJob(id: String) throws(StorageError) -> QueuedJob? {
        guard let id = UUID(uuidString: id) else { return nil }
        return try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                "SELECT \(Self.queuedColumns) FROM queue WHERE id = $1", [.bytes(id.bytes)])
            return found.rowCount == 0 ? nil : Self.queuedJob(found, row: 0)
        }
    }

    func queuedJobs(_ filter: JobFilter, before id: String?, limit: Int) throws(StorageError) -> [QueuedJob] {
        guard filter.outcome == nil else { return [] }
        var values: [PostgresValue] = [.int(Int64(limit))]
        var conditions: [String] = []
        switch filter.state {
        case nil: break
        case "queued": conditions.append("started_at IS NULL")
        case "running": conditions.append("started_at IS NOT NULL")
        default: return []
        }
        func require(_ condition: String, _ value: PostgresValue) {
            values.append(value)
            conditions.append("\(condition) $\(values.count)")
        }
        if let program = filter.program { require("program =", .text(program)) }
        if let programs = filter.programs {
            conditions.append(
                programs.condition(on: "program") { id in
                    values.append(.text(id))
                    return "$\(values.count)"
                })
        }
        if let since = filter.since { require("accepted_at >=", .time(since)) }
        if let id {
            guard let id = UUID(uuidString: id) else { return [] }
            require("id <", .bytes(id.bytes))
        }
        let selection = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        return try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                "SELECT \(Self.queuedColumns) FROM queue \(selection) ORDER BY id DESC LIMIT $1", values)
            return (0..<found.rowCount).map { Self.queuedJob(found, row: $0) }
        }
    }

    func queuedJobs(of key: ProgramKey, upTo limit: Int) throws(StorageError) -> Int {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                """
                SELECT count(*) FROM (
                    SELECT FROM queue WHERE key = $1 AND server IS NULL ORDER BY position LIMIT $2
                ) AS found
                """, [.bytes(key.bytes), .int(Int64(limit))])
            return Int(found.int(0, 0))
        }
    }

    static let queuedColumns = "id, program, key, request, position, accepted_at, started_at, attempts, suspect"
    static let queuedColumnCount = 9

    static func queuedJob(_ found: borrowing PostgresResult, row: Int) -> QueuedJob {
        QueuedJob(
            id: found.uuid(row, 0)?.text ?? "", program: found.text(row, 1),
            key: ProgramKey(bytes: found.bytes(row, 2)),
            request: found.bytes(row, 3), position: found.int(row, 4), acceptedAt: found.time(row, 5),
            startedAt: found.isNull(row, 6) ? nil : found.time(row, 6), attempts: Int(found.int(row, 7)),
            isSuspect: found.int(row, 8) != 0)
    }
}
