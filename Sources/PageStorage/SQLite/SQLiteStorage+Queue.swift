import Foundation

extension SQLiteStorage {
    func countAttempt(of job: String, by server: ServerID) throws(StorageError) -> Int? {
        let id = try jobIDBytes(job)
        return try transaction { database throws(SQLiteError) in
            try database.first(
                """
                UPDATE queue SET attempts = attempts + 1, suspect = 0 WHERE id = ? AND server = ? RETURNING attempts
                """, [.blob(id), .blob(server.bytes)], row: { Int($0.int(0)) })
        }
    }

    func cancelJob(_ record: JobRecord) throws(StorageError) -> Bool {
        let row = try SQLiteJobRow(record)
        return try transaction { database throws(SQLiteError) in
            guard try Self.leaveQueue(row, claim: nil, in: database) else { return false }
            guard try !Self.isRecorded(row, in: database) else { return false }
            try Self.insert(row, committedVersion: nil, in: database)
            return true
        }
    }

    func queuedJob(id: String) throws(StorageError) -> QueuedJob? {
        guard let id = UUID(uuidString: id) else { return nil }
        return try perform { database throws(SQLiteError) in
            try database.first("\(Self.selectQueued) WHERE id = ?", [.blob(id.bytes)], row: Self.queuedJob)
        }
    }

    func queuedJobs(_ filter: JobFilter, before id: String?, limit: Int) throws(StorageError) -> [QueuedJob] {
        guard filter.outcome == nil else { return [] }
        var values: [SQLiteValue] = []
        var conditions: [String] = []
        switch filter.state {
        case nil: break
        case "queued": conditions.append("started_at IS NULL")
        case "running": conditions.append("started_at IS NOT NULL")
        default: return []
        }
        func require(_ condition: String, _ value: SQLiteValue) {
            values.append(value)
            conditions.append("\(condition) ?")
        }
        if let program = filter.program { require("program =", .text(program)) }
        if let programs = filter.programs {
            conditions.append(
                programs.condition(on: "program") { id in
                    values.append(.text(id))
                    return "?"
                })
        }
        if let since = filter.since { require("accepted_at >=", .int(since)) }
        if let id {
            guard let id = UUID(uuidString: id) else { return [] }
            require("id <", .blob(id.bytes))
        }
        let selection = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        return try perform { database throws(SQLiteError) in
            try database.rows(
                "\(Self.selectQueued) \(selection) ORDER BY id DESC LIMIT ?", values + [.int(Int64(limit))],
                row: Self.queuedJob)
        }
    }

    func queuedJobs(of key: ProgramKey, upTo limit: Int) throws(StorageError) -> Int {
        try perform { database throws(SQLiteError) in
            try database.first(
                "SELECT count(*) FROM (SELECT 1 FROM queue WHERE key = ? AND server IS NULL LIMIT ?)",
                [.blob(key.bytes), .int(Int64(limit))], row: { Int($0.int(0)) }) ?? 0
        }
    }

    /// Takes a job out of the queue, and has its callback called.
    /// - Parameter claim: the server that must have claimed it; nil for whoever has.
    /// - Returns: false if it is not there, or claimed by another.
    static func leaveQueue(
        _ job: SQLiteJobRow, claim: ServerID?, in database: SQLiteDatabase
    ) throws(SQLiteError) -> Bool {
        let hasCallback = try database.first(
            "DELETE FROM queue WHERE id = ?1 AND (?2 IS NULL OR server = ?2) RETURNING has_callback",
            [.blob(job.id), .optionalBlob(claim?.bytes)], row: { $0.int(0) != 0 })
        guard let hasCallback else { return false }
        if hasCallback {
            try database.execute(
                "UPDATE callbacks SET due_at = ? WHERE job = ?", [.int(currentMilliseconds()), .blob(job.id)])
        }
        return true
    }

    static let selectQueued =
        "SELECT id, program, key, request, position, accepted_at, started_at, attempts, suspect FROM queue"

    static func queuedJob(_ row: SQLiteStatement) -> QueuedJob {
        QueuedJob(
            id: row.uuidText(0), program: row.text(1), key: ProgramKey(bytes: row.blob(2)), request: row.blob(3),
            position: row.int(4), acceptedAt: row.int(5), startedAt: row.isNull(6) ? nil : row.int(6),
            attempts: Int(row.int(7)), isSuspect: row.int(8) != 0)
    }
}
