import CSQLite
import Foundation

/// One connection to a database file, with the statements that it has prepared. Other processes may have the file open
/// too.
final class SQLiteDatabase {
    private let database: OpaquePointer
    private let lockWait: SQLiteLockWait
    private var statements: [String: SQLiteStatement] = [:]

    /// Opens the file, or makes it.
    /// - Parameter patience: how long a call waits for a lock that another connection holds.
    init(path: String, patience: Duration) throws(SQLiteError) {
        lockWait = SQLiteLockWait(patience: patience)
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard let opened, code == SQLITE_OK else {
            defer { sqlite3_close_v2(opened) }
            throw SQLiteError(code: code, database: opened)
        }
        database = opened
        // What this user may not write is opened all the same, and every job would fail.
        guard sqlite3_db_readonly(database, "main") == 0 else {
            throw SQLiteError(code: SQLITE_READONLY, database: nil)
        }
        lockWait.use(for: database)
        // With NORMAL a commit that was answered could be lost in a power failure.
        try run("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
    }

    deinit {
        // A connection with open statements would stay open.
        statements.removeAll()
        sqlite3_close_v2(database)
    }

    /// Runs statements without parameters, separated by semicolons.
    func run(_ script: String) throws(SQLiteError) {
        let code = sqlite3_exec(database, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError(code: code, database: database) }
    }

    /// Runs a statement and returns what `row` makes of each row.
    @discardableResult
    func rows<Value>(
        _ text: String, _ values: [SQLiteValue] = [], row: (SQLiteStatement) -> Value
    ) throws(SQLiteError) -> [Value] {
        let statement = try statement(text)
        defer { statement.reset() }
        try statement.bind(values)
        var found: [Value] = []
        while try statement.step() { found.append(row(statement)) }
        return found
    }

    /// Runs a statement that returns one row at most.
    func first<Value>(
        _ text: String, _ values: [SQLiteValue] = [], row: (SQLiteStatement) -> Value
    ) throws(SQLiteError) -> Value? {
        let statement = try statement(text)
        defer { statement.reset() }
        try statement.bind(values)
        guard try statement.step() else { return nil }
        let value = row(statement)
        // A statement that writes has not come to its end before it says so.
        while try statement.step() {}
        return value
    }

    /// Runs a statement and returns how many rows it changed.
    @discardableResult
    func execute(_ text: String, _ values: [SQLiteValue] = []) throws(SQLiteError) -> Int {
        try rows(text, values) { _ in }
        return Int(sqlite3_changes64(database))
    }

    /// Runs `body` as one transaction that may write, and is undone if `body` throws.
    func transaction<Value>(_ body: () throws(SQLiteError) -> Value) throws(SQLiteError) -> Value {
        // The write lock is taken first: a transaction that begins by reading could not wait for it later.
        try run("BEGIN IMMEDIATE")
        do throws(SQLiteError) {
            let value = try body()
            try run("COMMIT")
            return value
        } catch {
            // Some failures have undone it already.
            if sqlite3_get_autocommit(database) == 0 { try? run("ROLLBACK") }
            throw error
        }
    }

    private func statement(_ text: String) throws(SQLiteError) -> SQLiteStatement {
        if let statement = statements[text] { return statement }
        let statement = try SQLiteStatement(text, in: database)
        statements[text] = statement
        return statement
    }
}
