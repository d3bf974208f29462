import Pages

extension SQLiteStorage {
    func beginExecution(program id: String) throws(StorageError) -> ExecutionStart? {
        // One statement, so that the row and the pages are of one moment: a row for each page, or one without.
        let rows = try perform { database throws(SQLiteError) in
            try database.rows(
                """
                SELECT page, key, code, programs.version, memory_size, memory_maximum, stack_end
                FROM programs LEFT JOIN pages ON program = key AND content <> 'freed'
                WHERE id = ? ORDER BY page
                """,
                [.text(id)],
                row: { row in
                    (
                        page: row.isNull(0) ? nil : PageNumber(UInt32(row.int(0))),
                        start: ExecutionStart(
                            key: ProgramKey(bytes: row.blob(1)), codeHash: row.text(2), version: row.int(3),
                            memorySize: UInt32(row.int(4)), memoryMaximum: UInt32(row.int(5)),
                            stackEnd: UInt32(row.int(6)), storedPages: [])
                    )
                })
        }
        guard var start = rows.first?.start else { return nil }
        start.storedPages = rows.compactMap(\.page)
        return start
    }

    func code(hash: String) throws(StorageError) -> [UInt8]? {
        try perform { database throws(SQLiteError) in
            try database.first("SELECT module FROM codes WHERE hash = ?", [.text(hash)], row: { $0.blob(0) })
        }
    }
}
