import Pages

extension SQLiteStorage {
    func beginExecution(program id: String) throws(StorageError) -> ExecutionStart? {
        // One statement, so that the program and its pages are of one moment: a row for each page, or one without.
        var start: ExecutionStart?
        var pages: [PageNumber] = []
        _ = try perform { database throws(SQLiteError) in
            try database.rows(
                """
                SELECT page, key, code, programs.version, memory_size, memory_maximum, stack_end
                FROM programs LEFT JOIN pages ON program = key AND content <> 'freed'
                WHERE id = ? ORDER BY page
                """,
                [.text(id)]
            ) { row in
                start = start ?? Self.start(row)
                if !row.isNull(0) { pages.append(PageNumber(UInt32(row.int(0)))) }
            }
        }
        start?.storedPages = pages
        return start
    }

    func code(hash: String) throws(StorageError) -> [UInt8]? {
        try perform { database throws(SQLiteError) in
            try database.first("SELECT module FROM codes WHERE hash = ?", [.text(hash)], row: { $0.blob(0) })
        }
    }

    private static func start(_ row: SQLiteStatement) -> ExecutionStart {
        ExecutionStart(
            key: ProgramKey(bytes: row.blob(1)), codeHash: row.text(2), version: row.int(3),
            memorySize: UInt32(row.int(4)), memoryMaximum: UInt32(row.int(5)), stackEnd: UInt32(row.int(6)),
            storedPages: [])
    }
}
