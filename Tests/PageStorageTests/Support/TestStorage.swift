import Foundation
import PageStorage
import TestSupport

/// The storages that the common tests run on.
enum StorageKind: CaseIterable, Sendable {
    case postgres, sqlite
}

/// A fresh storage with its tables, which goes with the test process.
struct TestStorage: Sendable {
    let location: StorageLocation

    init(_ kind: StorageKind, isMigrated: Bool = true) throws {
        location =
            switch kind {
            case .postgres: .postgres(try PrivatePostgres.shared().makeDatabase())
            case .sqlite: .sqlite(path: "\(try TemporaryFolder.ofThisProcess())/\(UUID().uuidString).db")
            }
        if isMigrated { try open().migrate() }
    }

    /// The location as the command line takes it.
    var locationText: String {
        switch location {
        case .postgres(let url): url
        case .sqlite(let path): "sqlite:\(path)"
        }
    }

    /// Opens a connection that outlasts a busy machine.
    func open() throws(StorageError) -> any ServiceStorage { try location.open(patience: .seconds(60)) }

    /// Runs statements past the storage.
    /// - Returns: the rows, one a line, columns separated by `|`.
    @discardableResult
    func sql(_ statements: String) throws -> String {
        switch location {
        case .postgres(let url): try PrivatePostgres.shared().sql(statements, in: url)
        case .sqlite(let path): try RawSQLite(path: path).run(statements)
        }
    }
}
