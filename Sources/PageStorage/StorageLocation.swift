/// Where the storage is, as the command line takes it: `sqlite:PATH` or `postgresql://…`.
public enum StorageLocation: Sendable, Equatable {
    /// The path of the database file.
    case sqlite(path: String)
    /// A connection string of libpq.
    case postgres(String)

    /// - Throws: `invalidLocation` saying which forms are understood.
    public init(_ text: String) throws(StorageError) {
        if text.hasPrefix("sqlite:"), text.utf8.count > 7 {
            self = .sqlite(path: String(text.dropFirst(7)))
        } else if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
            self = .postgres(text)
        } else {
            throw .invalidLocation("expected sqlite:PATH or postgresql://USER@HOST/DATABASE")
        }
    }

    /// `sqlite` or `postgresql`.
    public var kind: String {
        switch self {
        case .sqlite: "sqlite"
        case .postgres: "postgresql"
        }
    }

    /// As the command line takes it, with the password if it has one: for a child's environment, never for a log.
    public var text: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        case .postgres(let location): location
        }
    }

    /// Opens a connection for one thread.
    /// - Parameter patience: how long a call may try to reach the storage before it throws `unavailable`.
    public func open(patience: Duration = .seconds(5)) throws(StorageError) -> any ServiceStorage {
        switch self {
        case .sqlite(let path): try SQLiteStorage(path: path, patience: patience)
        case .postgres(let location): try PostgresStorage(location: location, patience: patience)
        }
    }
}
