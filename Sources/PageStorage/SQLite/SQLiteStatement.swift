import CSQLite
import Foundation

/// A value bound to a parameter of a statement.
enum SQLiteValue {
    case int(Int64)
    case text(String)
    case blob([UInt8])
    case null

    static func optionalText(_ text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }
    static func optionalBlob(_ bytes: [UInt8]?) -> SQLiteValue { bytes.map { .blob($0) } ?? .null }
}

/// A prepared statement; while it stands on a row, its columns can be read.
///
/// A class, since a connection keeps its statements in a dictionary.
final class SQLiteStatement {
    private let database: OpaquePointer
    private let statement: OpaquePointer?

    init(_ text: String, in database: OpaquePointer) throws(SQLiteError) {
        self.database = database
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        statement = prepared
        guard code == SQLITE_OK else { throw SQLiteError(code: code, database: database) }
    }

    deinit { sqlite3_finalize(statement) }

    /// Binds all parameters, in order.
    func bind(_ values: [SQLiteValue]) throws(SQLiteError) {
        for (value, index) in zip(values, Int32(1)...) {
            let code =
                switch value {
                case .int(let number): sqlite3_bind_int64(statement, index, number)
                case .text(let text): sqlite3_bind_text(statement, index, text, -1, lazypages_sqlite_transient())
                // An empty array may have no address, which would bind NULL.
                case .blob(let bytes) where bytes.isEmpty: sqlite3_bind_zeroblob(statement, index, 0)
                case .blob(let bytes):
                    sqlite3_bind_blob64(statement, index, bytes, UInt64(bytes.count), lazypages_sqlite_transient())
                case .null: sqlite3_bind_null(statement, index)
                }
            guard code == SQLITE_OK else { throw SQLiteError(code: code, database: database) }
        }
    }

    /// Returns false behind the last row.
    func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw SQLiteError(code: code, database: database)
        }
    }

    /// Gives up the row and with it the read lock.
    func reset() {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    // MARK: Columns

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func text(_ column: Int32) -> String {
        sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
    }

    /// The bytes of a field, which live until the next step or reset.
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
    }

    func blob(_ column: Int32) -> [UInt8] { Array(bytes(column)) }

    /// A UUID in its textual form; empty if it is none.
    func uuidText(_ column: Int32) -> String { UUID(bytes: bytes(column))?.text ?? "" }
}
