import CLibPQ
import Foundation
@testable import PageStorage

/// A connection to a database that knows nothing of the storage's tables, and may keep a transaction open.
final class RawPostgres {
    private let connection: OpaquePointer

    init(_ url: String) throws(StorageError) {
        guard let connection = PQconnectdb(url) else { throw .failed("out of memory") }
        self.connection = connection
        guard PQstatus(connection) == CONNECTION_OK else { throw .failed(String(cString: PQerrorMessage(connection))) }
    }

    deinit { PQfinish(connection) }

    /// Returns the first column of the first row.
    @discardableResult
    func run(_ statements: String) throws(StorageError) -> String {
        let result = PQexec(connection, statements)
        defer { PQclear(result) }
        guard [PGRES_COMMAND_OK, PGRES_TUPLES_OK].contains(PQresultStatus(result)) else {
            throw .failed(String(cString: PQerrorMessage(connection)))
        }
        return PQntuples(result) == 0 ? "" : String(cString: PQgetvalue(result, 0, 0))
    }

    /// Waits until another session of this database waits for a lock.
    /// - Returns: the number of its server process.
    func blockedSession(otherThan earlier: String = "0") throws -> String {
        for _ in 0..<2000 {
            // Within a transaction the view would stay as it was seen first.
            try run("SELECT pg_stat_clear_snapshot()")
            let session = try run(
                """
                SELECT pid FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> \(earlier)
                """)
            if !session.isEmpty { return session }
            usleep(5000)
        }
        throw StorageError.failed("no session waits for a lock")
    }

    /// A failure as the client library makes one up where the server has said nothing, on a connection that seems to stand.
    func failureOfTheLibrary() -> PostgresError {
        let result = PQmakeEmptyPGresult(connection, PGRES_FATAL_ERROR)
        defer { PQclear(result) }
        return PostgresError(connection: connection, result: result)
    }

    /// Ends every other session of this database.
    func endOthers() throws {
        try run(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
    }
}
