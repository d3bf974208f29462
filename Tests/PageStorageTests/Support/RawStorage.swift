import PageStorage

/// A connection past the storage that stays open, for statements between the rounds of a test.
enum RawStorage {
    case postgres(RawPostgres)
    case sqlite(RawSQLite)

    init(_ test: TestStorage) throws {
        switch test.location {
        case .postgres(let url): self = .postgres(try RawPostgres(url))
        case .sqlite(let path): self = .sqlite(try RawSQLite(path: path))
        }
    }

    /// Returns the only value that the statement answers.
    func value(_ statement: String) throws -> String {
        switch self {
        case .postgres(let raw): try raw.run(statement)
        case .sqlite(let raw): try raw.run(statement)
        }
    }
}
