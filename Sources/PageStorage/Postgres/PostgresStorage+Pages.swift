import Foundation
import Pages

extension PostgresStorage {
    func storedPages(of key: ProgramKey, after page: PageNumber?, limit: Int) throws(StorageError) -> [StoredPage] {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                """
                SELECT page, version FROM pages
                WHERE program = $1 AND page > $2 AND content <> 'freed' ORDER BY page LIMIT $3
                """,
                [.bytes(key.bytes), .int(page.map { Int64($0.rawValue) } ?? -1), .int(Int64(limit))])
            return (0..<found.rowCount).map {
                StoredPage(page: PageNumber(UInt32(found.int($0, 0))), version: found.int($0, 1))
            }
        }
    }

    func pageData(of key: ProgramKey, page: PageNumber) throws(StorageError) -> StoredPageData? {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(Self.selectPage, [.bytes(key.bytes), .int(Int64(page.rawValue))])
            guard found.rowCount == 1, let content = PageContent(rawValue: found.text(0, 1)), content != .freed else {
                return nil
            }
            let bytes = content == .zeros ? [UInt8](repeating: 0, count: PageSize.gear) : found.bytes(0, 2)
            return StoredPageData(version: found.int(0, 0), bytes: bytes)
        }
    }

    func readPage(
        of key: ProgramKey, page: PageNumber, asOf version: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> PageRead {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(Self.selectPage, [.bytes(key.bytes), .int(Int64(page.rawValue))])
            return found.rowCount == 0 ? .notStored : found.page(0, asOf: version, into: buffer)
        }
    }

    func readPages(
        of key: ProgramKey, pages: [PageNumber], asOf version: Int64
    ) throws(StorageError) -> any PageBatch {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                """
                SELECT stored.* FROM unnest($2::bigint[]) AS wanted (page), LATERAL (
                    SELECT version, content, bytes, page FROM pages
                    WHERE program = $1 AND page = wanted.page ORDER BY version DESC LIMIT 1
                ) AS stored
                """,
                [.bytes(key.bytes), .ints(pages.map { Int64($0.rawValue) })])
            return PostgresPageBatch(found, asOf: version)
        }
    }

    func putPage(of key: ProgramKey, page: PageNumber, bytes: [UInt8]) throws(StorageError) -> Int64? {
        let row = PageRow(page, bytes: bytes)
        // Not repeated: done twice it would raise the version twice.
        return try perform(repeats: false) { connection, _ throws(PostgresError) in
            let raised = try connection.execute(
                """
                WITH raised AS (
                    UPDATE program_states SET version = version + 1, updated_at = $2 WHERE program = $1
                    RETURNING version
                ), \(Self.replaced(pages: "ARRAY[$3::bigint]")), stored AS (
                    INSERT INTO pages (program, page, version, content, bytes)
                    SELECT $1, $3, version, $4, $5 FROM raised
                )
                SELECT version FROM raised
                """,
                [
                    .bytes(key.bytes), .time(currentMilliseconds()), .int(Int64(page.rawValue)),
                    .text(row.content.rawValue),
                    row.bytes.map { .bytes($0) } ?? .null,
                ])
            return raised.rowCount == 0 ? nil : raised.int(0, 0)
        }
    }

    private static let selectPage = """
        SELECT version, content, bytes FROM pages WHERE program = $1 AND page = $2 ORDER BY version DESC LIMIT 1
        """
}

/// Keeps the server's answer, so that a page is copied once: to where it is needed.
private final class PostgresPageBatch: PageBatch {
    private let found: PostgresResult
    private let rows: PageRows
    private let version: Int64

    init(_ found: consuming PostgresResult, asOf version: Int64) {
        rows = PageRows((0..<found.rowCount).map { PageNumber(UInt32(found.int($0, 3))) })
        self.found = found
        self.version = version
    }

    func read(_ page: PageNumber, into buffer: UnsafeMutableRawBufferPointer) -> PageRead {
        rows.row(of: page).map { found.page($0, asOf: version, into: buffer) } ?? .notStored
    }
}

extension PostgresResult {
    /// Takes a page out of a row that begins with its version, content and bytes.
    fileprivate func page(_ row: Int, asOf version: Int64, into buffer: UnsafeMutableRawBufferPointer) -> PageRead {
        guard let content = PageContent(rawValue: text(row, 1)) else { return .notStored }
        return withBytes(row, 2) {
            PageRead(content: content, version: int(row, 0), asOf: version, bytes: $0, into: buffer)
        }
    }
}
