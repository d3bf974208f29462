import Pages

extension SQLiteStorage {
    func storedPages(of key: ProgramKey, after page: PageNumber?, limit: Int) throws(StorageError) -> [StoredPage] {
        try perform { database throws(SQLiteError) in
            try database.rows(
                """
                SELECT page, version FROM pages
                WHERE program = ? AND page > ? AND content <> 'freed' ORDER BY page LIMIT ?
                """,
                [.blob(key.bytes), .int(page.map { Int64($0.rawValue) } ?? -1), .int(Int64(limit))],
                row: { StoredPage(page: PageNumber(UInt32($0.int(0))), version: $0.int(1)) })
        }
    }

    func pageData(of key: ProgramKey, page: PageNumber) throws(StorageError) -> StoredPageData? {
        try perform { database throws(SQLiteError) in
            try database.first(Self.selectPage, [.blob(key.bytes), .int(Int64(page.rawValue))]) { row in
                guard let content = PageContent(rawValue: row.text(1)), content != .freed else { return nil }
                let bytes = content == .zeros ? [UInt8](repeating: 0, count: PageSize.gear) : row.blob(2)
                return StoredPageData(version: row.int(0), bytes: bytes)
            } ?? nil
        }
    }

    func readPage(
        of key: ProgramKey, page: PageNumber, asOf version: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> PageRead {
        try perform { database throws(SQLiteError) in
            try database.first(Self.selectPage, [.blob(key.bytes), .int(Int64(page.rawValue))]) { row in
                row.page(asOf: version, into: buffer)
            } ?? .notStored
        }
    }

    func readPages(
        of key: ProgramKey, pages: [PageNumber], asOf version: Int64
    ) throws(StorageError) -> any PageBatch {
        let (condition, values) = Self.selection(of: pages)
        return try perform { database throws(SQLiteError) in
            try SQLitePageBatch(
                capacity: pages.count, asOf: version, in: database,
                "SELECT version, content, bytes, page FROM pages WHERE program = ? AND page \(condition)",
                [.blob(key.bytes)] + values)
        }
    }

    /// Pages without a gap are a range, which is faster than a list. A list is no join, which would go through all pages of
    /// the program.
    private static func selection(of pages: [PageNumber]) -> (condition: String, values: [SQLiteValue]) {
        if let first = pages.first, pages.enumerated().allSatisfy({ $1.rawValue == first.rawValue + UInt32($0) }) {
            let numbers = [Int64(first.rawValue), Int64(first.rawValue) + Int64(pages.count) - 1]
            return ("BETWEEN ? AND ?", numbers.map { .int($0) })
        }
        let list = pages.map(\.description).joined(separator: ",")
        return ("IN (SELECT value FROM json_each(?))", [.text("[\(list)]")])
    }

    func putPage(of key: ProgramKey, page: PageNumber, bytes: [UInt8]) throws(StorageError) -> Int64? {
        let row = PageRow(page, bytes: bytes)
        return try transaction { database throws(SQLiteError) in
            let version = try database.first(
                "UPDATE programs SET version = version + 1, updated_at = ? WHERE key = ? RETURNING version",
                [.int(currentMilliseconds()), .blob(key.bytes)], row: { $0.int(0) })
            if let version { try Self.store([row], of: key, version: version, in: database) }
            return version
        }
    }

    static func store(
        _ rows: [PageRow], of key: ProgramKey, version: Int64, in database: SQLiteDatabase
    ) throws(SQLiteError) {
        for row in rows {
            try database.execute(
                """
                INSERT INTO pages (program, page, version, content, bytes) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (program, page) DO UPDATE
                SET version = excluded.version, content = excluded.content, bytes = excluded.bytes
                """,
                [
                    .blob(key.bytes), .int(Int64(row.page.rawValue)), .int(version), .text(row.content.rawValue),
                    .optionalBlob(row.bytes),
                ])
        }
    }

    private static let selectPage = "SELECT version, content, bytes FROM pages WHERE program = ? AND page = ?"
}
