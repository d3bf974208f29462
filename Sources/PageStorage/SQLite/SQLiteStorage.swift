/// A storage in one SQLite file, which several processes may use at a time.
final class SQLiteStorage: ServiceStorage {
    private let path: String
    private let database: SQLiteDatabase
    /// What the database's version was when `waitForPostedJobs` last looked.
    var seenVersion: Int64?

    /// Opens the file, or makes it.
    /// - Parameter patience: how long a call waits for a lock that another connection holds.
    init(path: String, patience: Duration) throws(StorageError) {
        self.path = path
        let mode: String?
        do throws(SQLiteError) {
            database = try SQLiteDatabase(path: path, patience: patience)
            // Readers and one writer side by side.
            mode = try Self.switchToWriteAheadLog(database, patience: patience)
        } catch {
            throw StorageError(error, path: path)
        }
        guard mode == "wal" else {
            throw .invalidLocation("\(path): a file is needed, where SQLite's write-ahead log works")
        }
    }

    func ping() throws(StorageError) {
        try perform { database throws(SQLiteError) in _ = try database.first("SELECT 1", row: { $0.int(0) }) }
    }

    func perform<Value>(_ body: (SQLiteDatabase) throws(SQLiteError) -> Value) throws(StorageError) -> Value {
        do throws(SQLiteError) { return try body(database) } catch { throw StorageError(error, path: path) }
    }

    /// Runs `body` as one transaction that may write, and is undone if `body` throws.
    func transaction<Value>(_ body: (SQLiteDatabase) throws(SQLiteError) -> Value) throws(StorageError) -> Value {
        try perform { database throws(SQLiteError) in
            try database.transaction { () throws(SQLiteError) in try body(database) }
        }
    }

    /// SQLite does not wait by itself when several connections switch a new file at once.
    private static func switchToWriteAheadLog(
        _ database: SQLiteDatabase, patience: Duration
    ) throws(SQLiteError) -> String? {
        var backoff = Backoff(total: patience)
        while true {
            do throws(SQLiteError) {
                return try database.first("PRAGMA journal_mode = WAL") { $0.text(0) }
            } catch  where error.isBusy {
                guard backoff.sleep() else { throw error }
            }
        }
    }
}
