import CLibPQ

/// A storage in PostgreSQL, over one connection that is opened again when it is lost.
final class PostgresStorage: ServiceStorage {
    private let location: String
    private let patience: Duration
    private var connection: PostgresConnection?
    var claimStart = ClaimStart()

    /// Connects.
    /// - Parameters:
    ///   - location: a connection string of libpq.
    ///   - patience: how long a call may try to reach the server.
    init(location: String, patience: Duration) throws(StorageError) {
        try Self.check(location)
        self.location = location
        self.patience = patience
        _ = try reached()
    }

    func ping() throws(StorageError) {
        try perform { connection, _ throws(PostgresError) in _ = try connection.execute("SELECT 1") }
    }

    /// Runs `body` with a connection, and again with a new one if the connection was lost meanwhile.
    ///
    /// - Parameters:
    ///   - repeats: false for a `body` that must not be done twice.
    ///   - body: is told by its second parameter when it is repeated: what was sent the first time may have been done.
    func perform<Value: ~Copyable>(
        repeats: Bool = true, _ body: (PostgresConnection, Bool) throws(PostgresError) -> Value
    ) throws(StorageError) -> Value {
        var isRepeated = false
        while true {
            let connection = try reached()
            do throws(PostgresError) {
                return try body(connection, isRepeated)
            } catch {
                if error.connectionIsLost { self.connection = nil }
                guard error.connectionIsLost, repeats, !isRepeated else { throw StorageError(error) }
                isRepeated = true
            }
        }
    }

    /// The connection, or a new one where it was lost.
    private func reached() throws(StorageError) -> PostgresConnection {
        if let connection, !connection.isHungUp { return connection }
        connection = nil
        var backoff = Backoff(total: patience)
        while true {
            do throws(PostgresError) {
                let timeout = max(1, Int(patience.components.seconds))
                let opened = try PostgresConnection(location: location, timeout: timeout)
                connection = opened
                return opened
            } catch {
                guard backoff.sleep() else { throw StorageError(error) }
            }
        }
    }

    /// libpq quotes the text that it does not understand, which may hold a password: only what is before is told.
    private static func check(_ location: String) throws(StorageError) {
        var problem: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(location, &problem)
        defer {
            PQconninfoFree(options)
            PQfreemem(problem)
        }
        guard options == nil else { return }
        let reason = problem.map { String(cString: $0).prefix { $0 != "\"" && !$0.isNewline } } ?? "out of memory"
        throw .invalidLocation("not a connection string of PostgreSQL: \(reason)")
    }
}
