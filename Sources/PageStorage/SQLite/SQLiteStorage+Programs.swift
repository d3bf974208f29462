import Pages

extension SQLiteStorage {
    func createProgram(_ program: NewProgram) throws(StorageError) -> ProgramRecord {
        let isCreated = try transaction { database throws(SQLiteError) in
            let inserted = try database.execute(
                """
                INSERT INTO programs (key, id, code, version, memory_size, memory_maximum, stack_end, interface, labels,
                    created_at, updated_at)
                VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
                ON CONFLICT (id) DO NOTHING
                """,
                [
                    .blob(program.key.bytes), .text(program.id), .text(program.codeHash),
                    .int(Int64(program.memorySize)), .int(Int64(program.memoryMaximum)), .int(Int64(program.stackEnd)),
                    .text(program.interface), .text(program.labels), .int(program.createdAt),
                ])
            guard inserted == 1 else { return false }
            try database.execute(
                "INSERT INTO codes (hash, module) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [.text(program.codeHash), .blob(program.code)])
            for metered in program.meteredCodes {
                try Self.insert(metered, of: program.codeHash, in: database)
            }
            return true
        }
        guard isCreated else { throw .programExists }
        return ProgramRecord(created: program)
    }

    func program(id: String) throws(StorageError) -> ProgramRecord? {
        try perform { database throws(SQLiteError) in
            try database.first("\(Self.selectProgram) WHERE programs.id = ?", [.text(id)], row: Self.program)
        }
    }

    func programInterface(id: String) throws(StorageError) -> (key: ProgramKey, interface: String)? {
        try perform { database throws(SQLiteError) in
            try database.first("SELECT key, interface FROM programs WHERE id = ?", [.text(id)]) {
                (ProgramKey(bytes: $0.blob(0)), $0.text(1))
            }
        }
    }

    func programs(
        after id: String?, among patterns: [ProgramPattern]?, limit: Int
    ) throws(StorageError) -> [ProgramRecord] {
        var values: [SQLiteValue] = [.text(id ?? "")]
        let among = patterns?.condition(on: "programs.id") { id in
            values.append(.text(id))
            return "?"
        }
        return try perform { database throws(SQLiteError) in
            try database.rows(
                "\(Self.selectProgram) WHERE programs.id > ? AND \(among ?? "TRUE") ORDER BY programs.id LIMIT ?",
                values + [.int(Int64(limit))], row: Self.program)
        }
    }

    func deleteProgram(id: String) throws(StorageError) -> ProgramKey? {
        try transaction { database throws(SQLiteError) in
            let deleted = try database.first(
                "DELETE FROM programs WHERE id = ? RETURNING key, code", [.text(id)],
                row: { (key: $0.blob(0), code: $0.text(1)) })
            guard let deleted else { return nil }
            try database.execute("DELETE FROM pages WHERE program = ?", [.blob(deleted.key)])
            try database.execute(
                "DELETE FROM codes WHERE hash = ?1 AND NOT EXISTS (SELECT * FROM programs WHERE code = ?1)",
                [.text(deleted.code)])
            return ProgramKey(bytes: deleted.key)
        }
    }

    private static let selectProgram = """
        SELECT programs.id, key, programs.code, length(codes.module), memory_size, memory_maximum, stack_end,
            (SELECT count(*) FROM pages WHERE program = key AND content <> 'freed'),
            version, interface, labels, created_at, updated_at,
            (SELECT coalesce(group_concat(form || ' ' || weights_version || ' ' || length(metered_codes.module)), '')
             FROM metered_codes WHERE metered_codes.code = hash)
        FROM programs JOIN codes ON hash = code
        """

    private static func program(_ row: SQLiteStatement) -> ProgramRecord {
        ProgramRecord(
            id: row.text(0), key: ProgramKey(bytes: row.blob(1)), codeHash: row.text(2), codeSize: Int(row.int(3)),
            meteredCodes: MeteredCodeSize.list(row.text(13)), memorySize: UInt32(row.int(4)),
            memoryMaximum: UInt32(row.int(5)), stackEnd: UInt32(row.int(6)),
            storedPages: Int(row.int(7)), version: row.int(8), interface: row.text(9), labels: row.text(10),
            createdAt: row.int(11), updatedAt: row.int(12))
    }
}
