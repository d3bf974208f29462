import CSQLite
import PageStorage

/// A connection to a SQLite file that knows nothing of the storage's tables.
final class RawSQLite {
    private var database: OpaquePointer?

    init(path: String) throws(StorageError) {
        guard sqlite3_open(path, &database) == SQLITE_OK else { throw .failed("cannot open \(path)") }
        sqlite3_busy_timeout(database, 5000)
    }

    deinit { sqlite3_close_v2(database) }

    /// Returns the rows, one a line, columns separated by `|`.
    @discardableResult
    func run(_ statements: String) throws(StorageError) -> String {
        let lines = Lines()
        let code = sqlite3_exec(
            database, statements,
            { lines, count, values, _ in
                let fields = (0..<Int(count)).map { values?[$0].map { String(cString: $0) } ?? "" }
                lines.map { Unmanaged<Lines>.fromOpaque($0).takeUnretainedValue().add(fields) }
                return 0
            }, Unmanaged.passUnretained(lines).toOpaque(), nil)
        guard code == SQLITE_OK else { throw .failed(String(cString: sqlite3_errmsg(database))) }
        return lines.text
    }

    private final class Lines {
        private var lines: [String] = []
        var text: String { lines.joined(separator: "\n") }
        func add(_ fields: [String]) { lines.append(fields.joined(separator: "|")) }
    }
}
