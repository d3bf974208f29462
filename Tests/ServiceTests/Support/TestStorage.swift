import CSQLite
import Foundation
import TestSupport

/// What a test keeps its programs in; most tests run on both.
enum StorageKind: String, CaseIterable, Sendable {
    case sqlite, postgresql
}

/// A storage that nothing but its test uses.
struct TestStorage: Sendable {
    let kind: StorageKind
    /// As `--storage` takes it.
    let location: String
    private let postgres: PrivatePostgres?
    private let folder: TestFolder?

    /// An empty one.
    /// - Parameter postgres: where the database is made, if it is to be one of PostgreSQL.
    init(_ kind: StorageKind, on postgres: PrivatePostgres? = nil) throws {
        self.kind = kind
        switch kind {
        case .sqlite:
            let folder = try TestFolder()
            self.folder = folder
            self.postgres = nil
            location = "sqlite:\(folder("lazypages.db"))"
        case .postgresql:
            let server = try postgres ?? .shared()
            self.folder = nil
            self.postgres = server
            location = try server.makeDatabase()
        }
    }

    /// A file of SQLite in a folder that may not be there yet.
    init(sqlite path: String) {
        kind = .sqlite
        location = "sqlite:\(path)"
        postgres = nil
        folder = nil
    }

    /// Runs a query of PostgreSQL: rows one a line, columns separated by `|`.
    func query(_ statement: String) throws -> String { try postgres?.sql(statement, in: location) ?? "" }

    /// Runs statements of PostgreSQL over another connection than the storage's own.
    func sql(_ statements: String, at location: String) throws { try postgres?.sql(statements, in: location) }

    /// Runs statements that both kinds understand, or that are meant for this one.
    func sql(_ statements: String) throws {
        if let postgres {
            try postgres.sql(statements, in: location)
        } else {
            try SQLiteFile.run(statements, in: String(location.dropFirst("sqlite:".count)))
        }
    }
}

private enum SQLiteFile {
    struct Failure: Error {
        let message: String
    }

    static func run(_ statements: String, in path: String) throws {
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let opened else { throw Failure(message: path) }
        defer { sqlite3_close_v2(opened) }
        sqlite3_busy_timeout(opened, 20_000)
        guard sqlite3_exec(opened, statements, nil, nil, nil) == SQLITE_OK else {
            throw Failure(message: String(cString: sqlite3_errmsg(opened)))
        }
    }
}
