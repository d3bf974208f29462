import Foundation

extension PostgresStorage {
    func recordJob(_ job: JobRecord, claim: ServerID?) throws(StorageError) -> RecordResult {
        let row = try PostgresJobRow(job)
        return try perform { connection, isRepeated throws(PostgresError) in
            // Waits for a transaction that holds the same id.
            let inserted = try connection.execute(
                """
                INSERT INTO jobs (id, program, state, outcome, created_at, finished_at, document)
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id
                """,
                row.values)
            if inserted.rowCount == 1 { return .recorded }
            guard isRepeated else { return .alreadyRecorded }
            // The record may be the one that was sent before the connection was lost.
            let found = try connection.execute("\(Self.selectJob) WHERE id = $1", [.bytes(row.id)])
            return found.rowCount == 1 && Self.job(found, row: 0) == job ? .recorded : .alreadyRecorded
        }
    }

    func job(id: String) throws(StorageError) -> JobRecord? {
        guard let id = UUID(uuidString: id) else { return nil }
        return try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute("\(Self.selectJob) WHERE id = $1", [.bytes(id.bytes)])
            return found.rowCount == 0 ? nil : Self.job(found, row: 0)
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
        if let state = filter.state { require("state =", .text(state)) }
        if let outcome = filter.outcome { require("outcome =", .text(outcome)) }
        if let since = filter.since { require("created_at >=", .time(since)) }
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

    private static let selectJob =
        "SELECT id, program, state, outcome, created_at, finished_at, document FROM jobs"

    private static func job(_ found: borrowing PostgresResult, row: Int) -> JobRecord {
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
        guard let id = UUID(uuidString: job.id)?.bytes else { throw .failed("a job's id must be a UUID: \(job.id)") }
        self.id = id
        values = [
            .bytes(id), .text(job.program), .text(job.state), .optionalText(job.outcome), .time(job.createdAt),
            .time(job.finishedAt), .bytes(job.document),
        ]
    }
}
