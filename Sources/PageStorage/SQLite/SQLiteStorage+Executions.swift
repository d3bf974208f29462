import Pages

extension SQLiteStorage {
    func beginExecution(program id: String, known: StoredPageList?) throws(StorageError) -> ExecutionStart? {
        // One statement, so that the program and its pages are of one moment: a row for each page, or one without. For
        // known pages there is none: a key that is NULL has no pages, and unlike a further condition costs nothing.
        var start: ExecutionStart?
        var pages: [PageNumber] = []
        var isKnown = false
        _ = try perform { database throws(SQLiteError) in
            try database.rows(
                """
                SELECT page, key, code, programs.version, memory_size, memory_maximum, stack_end,
                    updated_at, (key, programs.version, updated_at) IS (?2, ?3, ?4), holes
                FROM programs LEFT JOIN pages
                    ON program = CASE WHEN (key, programs.version, updated_at) IS (?2, ?3, ?4) THEN NULL ELSE key END
                    AND content <> 'freed'
                WHERE id = ?1 ORDER BY page
                """,
                [
                    .text(id), .optionalBlob(known?.key.bytes), known.map { .int($0.version) } ?? .null,
                    known.map { .int($0.updatedAt) } ?? .null,
                ]
            ) { row in
                start = start ?? Self.start(row)
                isKnown = row.int(8) != 0
                if !row.isNull(0) { pages.append(PageNumber(UInt32(row.int(0)))) }
            }
        }
        start?.storedPages = isKnown ? known?.pages ?? [] : pages
        return start
    }

    func code(hash: String) throws(StorageError) -> [UInt8]? {
        try perform { database throws(SQLiteError) in
            try database.first("SELECT module FROM codes WHERE hash = ?", [.text(hash)], row: { $0.blob(0) })
        }
    }

    func meteredCode(of hash: String, form: MeteredCodeForm) throws(StorageError) -> [UInt8]? {
        try perform { database throws(SQLiteError) in
            try database.first(
                "SELECT module FROM metered_codes WHERE code = ? AND form = ? AND weights_version = ?",
                [.text(hash), .text(form.name), .int(Int64(form.weightsVersion))], row: { $0.blob(0) })
        }
    }

    func storeMeteredCode(_ metered: MeteredCode, of hash: String) throws(StorageError) {
        try transaction { database throws(SQLiteError) in
            try Self.insert(metered, of: hash, in: database)
        }
    }

    static func insert(
        _ metered: MeteredCode, of hash: String, in database: SQLiteDatabase
    ) throws(SQLiteError) {
        try database.execute(
            """
            INSERT INTO metered_codes (code, form, weights_version, module)
            SELECT hash, ?2, ?3, ?4 FROM codes WHERE hash = ?1
            ON CONFLICT DO NOTHING
            """,
            [
                .text(hash), .text(metered.form.name), .int(Int64(metered.form.weightsVersion)), .blob(metered.code),
            ])
    }

    private static func start(_ row: SQLiteStatement) -> ExecutionStart {
        ExecutionStart(
            key: ProgramKey(bytes: row.blob(1)), codeHash: row.text(2), version: row.int(3),
            updatedAt: row.int(7), memorySize: UInt32(row.int(4)), memoryMaximum: UInt32(row.int(5)),
            stackEnd: UInt32(row.int(6)), holes: row.blob(9), storedPages: [])
    }
}
