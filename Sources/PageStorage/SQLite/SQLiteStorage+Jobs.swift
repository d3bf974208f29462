import Foundation

extension SQLiteStorage {
    func recordJob(_ job: JobRecord, claim: ServerID?) throws(StorageError) -> RecordResult {
        let row = try SQLiteJobRow(job)
        return try transaction { database throws(SQLiteError) in
            let isHeld = try claim.map { claim throws(SQLiteError) in
                try Self.leaveQueue(row, claim: claim, in: database)
            }
            guard try !Self.isRecorded(row, in: database) else { return .alreadyRecorded }
            guard isHeld != false else { return .claimLost }
            try Self.insert(row, committedVersion: nil, in: database)
            return .recorded
        }
    }

    func job(id: String) throws(StorageError) -> JobRecord? {
        guard let id = UUID(uuidString: id) else { return nil }
        return try perform { database throws(SQLiteError) in
            try database.first("\(Self.selectJob) WHERE id = ?", [.blob(id.bytes)], row: Self.job)
        }
    }

    func jobs(_ filter: JobFilter, before id: String?, limit: Int) throws(StorageError) -> [JobRecord] {
        var values: [SQLiteValue] = []
        var conditions: [String] = []
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
            require("created_at >=", .int(since))
            require("id >=", .blob(UUID.first(at: since - JobFilter.idSlack)))
        }
        if let id {
            guard let id = UUID(uuidString: id) else { return [] }
            require("id <", .blob(id.bytes))
        }
        let selection = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        return try perform { database throws(SQLiteError) in
            try database.rows(
                "\(Self.selectJob) \(selection) ORDER BY id DESC LIMIT ?", values + [.int(Int64(limit))],
                row: Self.job)
        }
    }

    static func isRecorded(_ job: SQLiteJobRow, in database: SQLiteDatabase) throws(SQLiteError) -> Bool {
        try database.first("SELECT 1 FROM jobs WHERE id = ?", [.blob(job.id)], row: { $0.int(0) }) != nil
    }

    static func insert(
        _ job: SQLiteJobRow, committedVersion: Int64?, in database: SQLiteDatabase
    ) throws(SQLiteError) {
        try database.execute(
            """
            INSERT INTO jobs
                (ended_at, committed_version, id, program, state, outcome, created_at, finished_at, document)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [.int(currentMilliseconds()), committedVersion.map { .int($0) } ?? .null] + job.values)
    }

    private static let selectJob =
        "SELECT id, program, state, outcome, created_at, finished_at, document FROM jobs"

    static func job(_ row: SQLiteStatement) -> JobRecord {
        JobRecord(
            id: UUID(bytes: row.bytes(0))?.text ?? "", program: row.text(1), state: row.text(2),
            outcome: row.isNull(3) ? nil : row.text(3), createdAt: row.int(4), finishedAt: row.int(5),
            document: row.blob(6))
    }
}

/// A job's record as parameters of a statement.
struct SQLiteJobRow {
    let id: [UInt8]
    /// In the order of the columns: id, program, state, outcome, created_at, finished_at, document.
    let values: [SQLiteValue]

    init(_ job: JobRecord) throws(StorageError) {
        let id = try jobIDBytes(job.id)
        self.id = id
        values = [
            .blob(id), .text(job.program), .text(job.state), .optionalText(job.outcome), .int(job.createdAt),
            .int(job.finishedAt), .blob(job.document),
        ]
    }
}
