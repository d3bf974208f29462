import CSQLite

/// A call of SQLite that failed.
struct SQLiteError: Error {
    /// The extended result code.
    let code: Int32
    let message: String

    /// Another connection holds the lock.
    var isBusy: Bool { code & 0xff == SQLITE_BUSY }

    init(code: Int32, database: OpaquePointer?) {
        self.code = code
        message = String(cString: database.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
    }
}

extension StorageError {
    init(_ error: SQLiteError, path: String) {
        let message = "\(path): \(error.message)"
        // The low byte is the result code that an extended one belongs to.
        switch error.code & 0xff {
        case SQLITE_FULL: self = .full(message)
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_PROTOCOL:
            self = .unavailable(message)
        default: self = .failed(message)
        }
    }
}
