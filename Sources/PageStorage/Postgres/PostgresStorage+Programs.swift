import Foundation
import Pages

extension PostgresStorage {
    func createProgram(_ program: NewProgram) throws(StorageError) -> ProgramRecord {
        let isCreated = try perform { connection, isRepeated throws(PostgresError) in
            let isInserted = try connection.transaction { () throws(PostgresError) in
                try Self.lockCode(program.codeHash, on: connection)
                let inserted = try connection.execute(
                    """
                    WITH created AS (
                        INSERT INTO programs (key, id, code, memory_maximum, stack_end, interface, labels, created_at)
                        VALUES ($1, $2, $3, $5, $6, $7, $8, $9)
                        ON CONFLICT (id) DO NOTHING RETURNING key
                    )
                    INSERT INTO program_states (program, version, memory_size, holes, updated_at)
                    SELECT key, 0, $4, '', $9 FROM created RETURNING program
                    """,
                    [
                        .bytes(program.key.bytes), .text(program.id), .text(program.codeHash),
                        .int(Int64(program.memorySize)), .int(Int64(program.memoryMaximum)),
                        .int(Int64(program.stackEnd)), .text(program.interface), .text(program.labels),
                        .time(program.createdAt),
                    ])
                guard inserted.rowCount == 1 else { return false }
                _ = try connection.execute(
                    "INSERT INTO codes (hash, module) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    [.text(program.codeHash), .bytes(program.code)])
                for metered in program.meteredCodes {
                    try Self.insert(metered, of: program.codeHash, on: connection)
                }
                return true
            }
            guard !isInserted, isRepeated else { return isInserted }
            // The id may be taken by what was sent before the connection was lost.
            return try connection.execute(
                "SELECT 1 FROM programs WHERE id = $1 AND key = $2", [.text(program.id), .bytes(program.key.bytes)]
            ).rowCount == 1
        }
        guard isCreated else { throw .programExists }
        return ProgramRecord(created: program)
    }

    func program(id: String) throws(StorageError) -> ProgramRecord? {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute("\(Self.selectProgram) WHERE programs.id = $1", [.text(id)])
            return found.rowCount == 0 ? nil : Self.program(found, row: 0)
        }
    }

    func programInterface(id: String) throws(StorageError) -> (key: ProgramKey, interface: String)? {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute("SELECT key, interface FROM programs WHERE id = $1", [.text(id)])
            return found.rowCount == 0 ? nil : (ProgramKey(bytes: found.bytes(0, 0)), found.text(0, 1))
        }
    }

    func programs(
        after id: String?, among patterns: [ProgramPattern]?, limit: Int
    ) throws(StorageError) -> [ProgramRecord] {
        var values: [PostgresValue] = [.text(id ?? ""), .int(Int64(limit))]
        let among = patterns?.condition(on: "programs.id") { id in
            values.append(.text(id))
            return "$\(values.count)"
        }
        return try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                "\(Self.selectProgram) WHERE programs.id > $1 AND \(among ?? "TRUE") ORDER BY programs.id LIMIT $2",
                values)
            return (0..<found.rowCount).map { Self.program(found, row: $0) }
        }
    }

    func deleteProgram(id: String) throws(StorageError) -> ProgramKey? {
        let program = try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute("SELECT key, code FROM programs WHERE id = $1", [.text(id)])
            return found.rowCount == 0 ? nil : (key: found.bytes(0, 0), code: found.text(0, 1))
        }
        guard let program else { return nil }
        let key = ProgramKey(bytes: program.key)
        return try perform { connection, isRepeated throws(PostgresError) in
            try connection.transaction { () throws(PostgresError) in
                try Self.lockCode(program.code, on: connection)
                // Waits for a commit under way; the statements that follow see what it wrote.
                _ = try connection.execute("DELETE FROM program_states WHERE program = $1", [.bytes(program.key)])
                let deleted = try connection.execute(
                    "DELETE FROM programs WHERE key = $1 RETURNING key", [.bytes(program.key)])
                // By key and not by id: repeated, this must not hit a program that has taken the id since.
                guard deleted.rowCount == 1 else { return isRepeated ? key : nil }
                _ = try connection.execute("DELETE FROM pages WHERE program = $1", [.bytes(program.key)])
                _ = try connection.execute(
                    "DELETE FROM codes WHERE hash = $1 AND NOT EXISTS (SELECT FROM programs WHERE code = $1)",
                    [.text(program.code)])
                return key
            }
        }
    }

    /// Orders those who store and delete programs with the same code, until the end of the transaction.
    private static func lockCode(_ hash: String, on connection: PostgresConnection) throws(PostgresError) {
        _ = try connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [.text(hash)])
    }

    private static let selectProgram = """
        SELECT programs.id, key, programs.code, length(codes.module), state.memory_size, memory_maximum, stack_end,
            (SELECT count(*) FROM pages WHERE program = key AND content <> 'freed'),
            state.version, interface, labels, created_at, state.updated_at,
            (SELECT coalesce(string_agg(concat_ws(' ', form, weights_version, length(metered_codes.module)), ','), '')
             FROM metered_codes WHERE metered_codes.code = hash)
        FROM programs JOIN codes ON hash = code, LATERAL (
            SELECT * FROM program_states WHERE program = key ORDER BY version DESC LIMIT 1
        ) AS state
        """

    private static func program(_ found: borrowing PostgresResult, row: Int) -> ProgramRecord {
        ProgramRecord(
            id: found.text(row, 0), key: ProgramKey(bytes: found.bytes(row, 1)), codeHash: found.text(row, 2),
            codeSize: Int(found.int(row, 3)), meteredCodes: MeteredCodeSize.list(found.text(row, 13)),
            memorySize: UInt32(found.int(row, 4)),
            memoryMaximum: UInt32(found.int(row, 5)), stackEnd: UInt32(found.int(row, 6)),
            storedPages: Int(found.int(row, 7)), version: found.int(row, 8), interface: found.text(row, 9),
            labels: found.text(row, 10), createdAt: found.time(row, 11), updatedAt: found.time(row, 12))
    }
}
