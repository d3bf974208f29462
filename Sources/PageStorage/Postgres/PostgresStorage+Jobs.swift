import Foundation

extension PostgresStorage {
    func recordJob(_ job: JobRecord, claim: ServerID?) throws(StorageError) -> RecordResult {
        let row = try PostgresJobRow(job)
        return try perform { connection, isRepeated throws(PostgresError) in
            if try Self.insert(row, claim: claim, on: connection) { return .recorded }
            guard let found = try Self.record(row.id, on: connection) else { return .claimLost }
            // The record may be the one that was sent before the connection was lost.
            return isRepeated && found == job ? .recorded : .alreadyRecorded
        }
    }

    /// Waits for a transaction that holds the same id.
    /// - Returns: false if there is a record, or the server has not claimed the job.
    private static func insert(
        _ job: PostgresJobRow, claim: ServerID?, on connection: PostgresConnection
    ) throws(PostgresError) -> Bool {
        guard let claim else {
            return try connection.execute(
                """
                INSERT INTO jobs (id, program, state, outcome, created_at, finished_at, document)
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id
                """,
                job.values
            ).rowCount == 1
        }
        return try connection.execute(
            """
            WITH ended AS (
                DELETE FROM queue WHERE id = $1 AND server = $8 RETURNING has_callback
            ), called AS (
                UPDATE callbacks SET due_at = now() FROM ended WHERE has_callback AND job = $1
            )
            INSERT INTO jobs (id, program, state, outcome, created_at, finished_at, document)
            SELECT $1, $2, $3, $4, $5, $6, $7 FROM ended ON CONFLICT (id) DO NOTHING RETURNING id
            """,
            job.values + [.bytes(claim.bytes)]
        ).rowCount == 1
    }

    static func record(_ id: [UInt8], on connection: PostgresConnection) throws(PostgresError) -> JobRecord? {
        let found = try connection.execute("\(selectJob) WHERE id = $1", [.bytes(id)])
        return found.rowCount == 0 ? nil : job(found, row: 0)
    }

    func job(id: String) throws(StorageError) -> JobRecord? {
        guard let id = UUID(uuidString: id) else { return nil }
        return try perform { connection, _ throws(PostgresError) in
            try Self.record(id.bytes, on: connection)
        }
    }

    func jobs(_ filter: JobFilter, before id: String?, limit: Int) throws(StorageError) -> [JobRecord] {
        var values: [PostgresValue] = [.int(Int64(limit))]
        var conditions: [String] = []
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
        // The usual state and outcome have no index, since nearly every job has them: the others' indexes are for what is
        // known to be another one.
        if let state = filter.state {
            require("state =", .text(state))
            if state != "finished" { conditions.append("state <> 'finished'") }
        }
        if let outcome = filter.outcome {
            require("outcome =", .text(outcome))
            if outcome != "success" { conditions.append("outcome <> 'success'") }
        }
        if let since = filter.since {
            require("created_at >=", .time(since))
            require("id >=", .bytes(UUID.first(at: since - JobFilter.idSlack)))
        }
        if let id {
            guard let id = UUID(uuidString: id) else { return [] }
            require("id <", .bytes(id.bytes))
        }
        let selection = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        return try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute("\(Self.selectJob) \(selection) ORDER BY id DESC LIMIT $1", values)
            return (0..<found.rowCount).map { Self.job(found, row: $0) }
        }
    }

    static let jobColumns = "id, program, state, outcome, created_at, finished_at, document"
    static let jobColumnCount = 7
    static let selectJob = "SELECT \(jobColumns) FROM jobs"

    static func job(_ found: borrowing PostgresResult, row: Int) -> JobRecord {
        JobRecord(
            id: found.uuid(row, 0)?.text ?? "", program: found.text(row, 1), state: found.text(row, 2),
            outcome: found.isNull(row, 3) ? nil : found.text(row, 3), createdAt: found.time(row, 4),
            finishedAt: found.time(row, 5), document: found.bytes(row, 6))
    }
}

/// A job's record as parameters of a statement.
struct PostgresJobRow {
    let id: [UInt8]
    /// In the order of the columns: id, program, state, outcome, created_at, finished_at, document.
    let values: [PostgresValue]

    init(_ job: JobRecord) throws(StorageError) {
        let id = try jobIDBytes(job.id)
        self.id = id
        values = [
            .bytes(id), .text(job.program), .text(job.state), .optionalText(job.outcome), .time(job.createdAt),
            .time(job.finishedAt), .bytes(job.document),
        ]
    }
}
