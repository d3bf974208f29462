import Pages

/// Copies of pages, since a statement left open would hold up the checkpoints of the write-ahead log.
final class SQLitePageBatch: PageBatch {
    private let bytes: UnsafeMutableRawBufferPointer
    /// What each row came to; where its page was found, the bytes are at the same place in `bytes`.
    private let reads: [PageRead]
    private let rows: PageRows

    /// - Parameter selection: its rows hold a version, a content, the bytes and the page's number.
    init(
        capacity: Int, asOf version: Int64, in database: SQLiteDatabase, _ selection: String, _ values: [SQLiteValue]
    ) throws(SQLiteError) {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity * PageSize.gear, alignment: 16)
        var reads: [PageRead] = []
        do throws(SQLiteError) {
            rows = PageRows(
                try database.rows(selection, values) { row in
                    reads.append(row.page(asOf: version, into: Self.place(reads.count, in: bytes)))
                    return PageNumber(UInt32(row.int(3)))
                })
        } catch {
            bytes.deallocate()
            throw error
        }
        self.bytes = bytes
        self.reads = reads
    }

    deinit { bytes.deallocate() }

    func read(_ page: PageNumber, into buffer: UnsafeMutableRawBufferPointer) -> PageRead {
        guard let row = rows.row(of: page) else { return .notStored }
        if reads[row] == .found { buffer.copyMemory(from: UnsafeRawBufferPointer(Self.place(row, in: bytes))) }
        return reads[row]
    }

    private static func place(_ row: Int, in bytes: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: bytes[row * PageSize.gear..<(row + 1) * PageSize.gear])
    }
}

extension SQLiteStatement {
    /// Takes a page out of a row that begins with its version, content and bytes.
    func page(asOf version: Int64, into buffer: UnsafeMutableRawBufferPointer) -> PageRead {
        guard let content = PageContent(rawValue: text(1)) else { return .notStored }
        return PageRead(content: content, version: int(0), asOf: version, bytes: bytes(2), into: buffer)
    }
}
