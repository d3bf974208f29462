import Foundation
import PageStorage
import TestSupport

/// The storages that jobs run on.
enum StorageKind: CaseIterable, Sendable {
    case postgres, sqlite
}

/// A fresh storage with its tables, which goes with the test process.
struct TestStorage {
    let location: StorageLocation

    init(_ kind: StorageKind) throws {
        location =
            switch kind {
            case .postgres: .postgres(try PrivatePostgres.shared().makeDatabase())
            case .sqlite: .sqlite(path: "\(try TemporaryFolder.ofThisProcess())/\(UUID().uuidString).db")
            }
        try open().migrate()
    }

    /// Opens a connection that outlasts a busy machine.
    func open() throws -> any Storage { try location.open(patience: .seconds(60)) }
}
