import CLibPQ
import Foundation

/// One connection to a PostgreSQL server, with the statements that it has prepared. Calls block.
final class PostgresConnection {
    let connection: OpaquePointer
    /// It gets the notifications of a channel.
    var isListening = false
    /// The names of prepared statements by their text.
    private var prepared: [String: String] = [:]

    /// Connects.
    /// - Parameters:
    ///   - location: a connection string of libpq, whose settings win over the ones given here.
    ///   - timeout: how long each of the location's hosts may take to answer, in seconds.
    init(location: String, timeout: Int) throws(PostgresError) {
        let settings: KeyValuePairs = [
            // The process is named, so that a worker's connection can be told from others in pg_stat_activity.
            "fallback_application_name": "lazypages \(getpid())",
            "connect_timeout": String(timeout),
            // A peer that is silently gone is noticed within half a minute.
            "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
            "tcp_user_timeout": "25000",
            "dbname": location,
            "client_encoding": "UTF8",
        ]
        var names: [UnsafeMutablePointer<CChar>?] = []
        var values: [UnsafeMutablePointer<CChar>?] = []
        for (name, value) in settings {
            names.append(strdup(name))
            values.append(strdup(value))
        }
        defer { for text in names + values { free(text) } }
        let started = (names + [nil]).map { UnsafePointer($0) }.withUnsafeBufferPointer { names in
            (values + [nil]).map { UnsafePointer($0) }.withUnsafeBufferPointer { values in
                PQconnectdbParams(names.baseAddress, values.baseAddress, 1)
            }
        }
        guard let started else { throw PostgresError(lost: "out of memory") }
        connection = started
        guard PQstatus(connection) == CONNECTION_OK else { throw PostgresError(connection: connection) }
        PQsetNoticeProcessor(connection, ignoreNotice, nil)
        // Planning a commit costs more than doing it, so it is done once. Plans are kept while tables grow from nothing to
        // millions of rows, so they must not depend on how small a table was: every statement has its index, and reads in
        // the index's order what it needs. What has none is scanned whole all the same, uncompiled.
        try run(
            """
            SET plan_cache_mode = force_generic_plan; SET jit = off;
            SET enable_seqscan = off; SET enable_bitmapscan = off
            """)
    }

    deinit { PQfinish(connection) }

    /// Whether the server has closed the connection meanwhile: it restarted, or someone ended the session.
    var isHungUp: Bool {
        while true {
            var socket = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
            guard poll(&socket, 1, 0) > 0 else { return PQstatus(connection) != CONNECTION_OK }
            guard PQconsumeInput(connection) == 1 else { return true }
        }
    }

    /// A setting that the server reports, such as `server_encoding`.
    func serverSetting(_ name: String) -> String? {
        PQparameterStatus(connection, name).map { String(cString: $0) }
    }

    /// Runs one statement in one round trip; its first use takes another, to prepare it.
    func execute(_ statement: String, _ values: [PostgresValue] = []) throws(PostgresError) -> PostgresResult {
        let name = try prepare(statement)
        let parameters = PostgresParameters(values)
        let lengths = parameters.places.map { Int32($0?.count ?? 0) }
        let formats = [Int32](repeating: Self.binary, count: lengths.count)
        let result = parameters.buffer.withUnsafeBytes { buffer in
            let addresses = parameters.places.map { place in
                place.flatMap { buffer.baseAddress?.advanced(by: $0.lowerBound).assumingMemoryBound(to: CChar.self) }
            }
            return PQexecPrepared(
                connection, name, Int32(lengths.count), addresses, lengths, formats, Self.binary)
        }
        return try checked(result)
    }

    /// Runs statements without parameters, separated by semicolons, in one round trip.
    func run(_ statements: String) throws(PostgresError) {
        _ = try checked(PQexec(connection, statements))
    }

    /// Runs `body` as one transaction, which is undone if `body` throws.
    func transaction<Value>(_ body: () throws(PostgresError) -> Value) throws(PostgresError) -> Value {
        // Should this process be gone without the server's noticing, its locks must not stay for long.
        try run("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = '10s'")
        do throws(PostgresError) {
            let value = try body()
            try run("COMMIT")
            return value
        } catch {
            if !error.connectionIsLost { try? run("ROLLBACK") }
            throw error
        }
    }

    private static let binary: Int32 = 1

    private func prepare(_ statement: String) throws(PostgresError) -> String {
        if let name = prepared[statement] { return name }
        let name = "s\(prepared.count)"
        _ = try checked(PQprepare(connection, name, statement, 0, nil))
        prepared[statement] = name
        return name
    }

    private func checked(_ result: OpaquePointer?) throws(PostgresError) -> PostgresResult {
        guard let result else { throw PostgresError(connection: connection) }
        let owned = PostgresResult(result)
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return owned
        default: throw PostgresError(connection: connection, result: result)
        }
    }
}

/// libpq would print the server's notices to standard error.
private let ignoreNotice: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Void = { _, _ in }
