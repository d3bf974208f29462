import CLibPQ

/// A statement or a connection that failed, as PostgreSQL says it.
struct PostgresError: Error {
    /// SQLSTATE (PostgreSQL manual, appendix A); empty where the client library alone has noticed.
    let sqlState: String
    /// One line, without the statement and without a password.
    let message: String
    /// The connection cannot be used any more, and what was sent last may or may not have been done.
    let connectionIsLost: Bool

    var isUniqueViolation: Bool { sqlState == "23505" }
    var isForeignKeyViolation: Bool { sqlState == "23503" }

    /// - Parameter result: what the statement came to; nil where there is nothing but the connection's own message.
    init(connection: OpaquePointer, result: OpaquePointer? = nil) {
        let field = { (code: Character) in
            result.flatMap { PQresultErrorField($0, Int32(code.asciiValue ?? 0)) }.map { String(cString: $0) }
        }
        sqlState = field("C") ?? ""
        message = Self.line(field("M") ?? String(cString: PQerrorMessage(connection)))
        // What the library alone has noticed is about the connection, also where it has not given that up yet: a write that
        // failed is told like a result (PQgetResult).
        connectionIsLost = sqlState.isEmpty || PQstatus(connection) == CONNECTION_BAD || Self.endsConnection(sqlState)
    }

    init(lost message: String) {
        sqlState = ""
        self.message = message
        connectionIsLost = true
    }

    /// Connection exceptions (class 08), a server that shuts down or starts (57P01 to 57P03), time-outs of an idle
    /// session, and a server that may only be read: after a switch-over the next connection finds the right one.
    private static func endsConnection(_ sqlState: String) -> Bool {
        sqlState.hasPrefix("08") || ["57P01", "57P02", "57P03", "57P05", "25P03", "25006"].contains(sqlState)
    }

    /// The lines of a message as one.
    private static func line(_ message: String) -> String {
        message.split(whereSeparator: \.isNewline).map { $0.drop { $0 == "\t" || $0 == " " } }.joined(separator: "; ")
    }
}

extension StorageError {
    init(_ error: PostgresError) {
        switch error.sqlState {
        case _ where error.connectionIsLost: self = .unavailable(error.message)
        // Disk full.
        case "53100": self = .full(error.message)
        // Out of memory or connections, a statement or lock that took too long, a deadlock or a lost race.
        case let state where state.hasPrefix("53") || ["57014", "55P03", "40P01", "40001"].contains(state):
            self = .unavailable(error.message)
        default: self = .failed(error.sqlState.isEmpty ? error.message : "\(error.message) (\(error.sqlState))")
        }
    }
}
