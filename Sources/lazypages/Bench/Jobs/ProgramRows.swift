import CSQLite
import Foundation
import PageStorage

/// Many programs at once in a storage of their own: as much of them as the queue asks for.
enum ProgramRows {
    static func id(_ number: Int) -> String { "bench-queue-\(number)" }

    static func key(_ number: Int) -> ProgramKey { ProgramKey(bytes: Array(String(format: "%016d", number).utf8)) }

    /// A storage beside the one under measurement.
    static func location(_ name: String, _ bench: JobsBench) throws -> StorageLocation {
        guard let tools = bench.tools else { return .sqlite(path: bench.scratch("\(name).db")) }
        let database = "\(name)_\(UInt32.random(in: .min ... .max))"
        try tools.sql("CREATE DATABASE \(database)", at: bench.storage.text, in: bench.scratch)
        guard var parts = URLComponents(string: bench.storage.text) else {
            throw Failure(.usage, "--storage: expected a URL")
        }
        parts.path = "/\(database)"
        return try StorageLocation(parts.string ?? "")
    }

    /// Inserts programs with the numbers from 0.
    static func insert(_ count: Int, at location: StorageLocation, _ bench: JobsBench) throws {
        if let tools = bench.tools {
            try tools.sql(
                """
                WITH code AS (INSERT INTO codes VALUES ('none', '') RETURNING hash)
                INSERT INTO programs (key, id, code, memory_maximum, stack_end, interface, labels, created_at)
                SELECT encode(lpad(number::text, 16, '0')::bytea, 'hex')::uuid, 'bench-queue-' || number, hash, 8, 0,
                    '{}', '{}', now()
                FROM code, generate_series(0, \(count - 1)) AS number
                """, at: location.text, in: bench.scratch)
            return
        }
        guard case .sqlite(let path) = location else { return }
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        let statements = """
            INSERT INTO codes (hash, module) VALUES ('none', x'');
            WITH RECURSIVE numbers (number) AS (
                SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number < \(count - 1))
            INSERT INTO programs (key, id, code, version, memory_size, memory_maximum, stack_end, interface, labels,
                created_at, updated_at)
            SELECT CAST(printf('%016d', number) AS BLOB), 'bench-queue-' || number, 'none', 0, 8, 8, 0, '{}', '{}', 0, 0
            FROM numbers
            """
        guard sqlite3_open(path, &database) == SQLITE_OK,
            sqlite3_exec(database, statements, nil, nil, nil) == SQLITE_OK
        else { throw Failure(.service, "programs were not inserted: \(String(cString: sqlite3_errmsg(database)))") }
    }
}
