import Foundation
import Pages

extension PostgresStorage {
    func beginExecution(program id: String, known: StoredPageList?) throws(StorageError) -> ExecutionStart? {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                """
                SELECT key, code, state.version, updated_at, memory_size, memory_maximum, stack_end,
                    coalesce((key, state.version, updated_at) = ($2, $3, $4), false),
                    CASE WHEN (key, state.version, updated_at) = ($2, $3, $4) THEN NULL
                    ELSE (\(Self.storedPages)) END,
                    holes
                FROM programs, LATERAL (
                    SELECT * FROM program_states WHERE program = key ORDER BY version DESC LIMIT 1
                ) AS state WHERE id = $1
                """,
                [
                    .text(id), known.map { .bytes($0.key.bytes) } ?? .null, known.map { .int($0.version) } ?? .null,
                    known.map { .time($0.updatedAt) } ?? .null,
                ])
            guard found.rowCount == 1 else { return nil }
            let isKnown = found.int(0, 7) != 0
            return ExecutionStart(
                key: ProgramKey(bytes: found.bytes(0, 0)), codeHash: found.text(0, 1), version: found.int(0, 2),
                updatedAt: found.time(0, 3), memorySize: UInt32(found.int(0, 4)),
                memoryMaximum: UInt32(found.int(0, 5)), stackEnd: UInt32(found.int(0, 6)), holes: found.bytes(0, 9),
                storedPages: isKnown ? known?.pages ?? [] : found.packedNumbers(0, 8).map { PageNumber($0) })
        }
    }

    /// Few pages are read one by one, each by its newest version, which the index meets first: while some transaction holds
    /// an old snapshot the index has all that were ever replaced, too. Many pages are read at once.
    private static let storedPages = """
        WITH RECURSIVE newest AS (
            (
                SELECT page, content, 1 AS place FROM pages WHERE pages.program = key
                ORDER BY page DESC, version DESC LIMIT 1
            )
            UNION ALL
            SELECT next.page, next.content, place + 1 FROM newest, LATERAL (
                SELECT page, content FROM pages WHERE pages.program = key AND pages.page < newest.page
                ORDER BY page DESC, version DESC LIMIT 1
            ) AS next
            WHERE place <= 64
        )
        SELECT CASE WHEN count(*) <= 64
            THEN string_agg(int4send(page::integer), '' ORDER BY page) FILTER (WHERE content <> 'freed')
            ELSE (
                SELECT string_agg(int4send(page::integer), '' ORDER BY page) FROM pages
                WHERE pages.program = key AND content <> 'freed'
            ) END
        FROM newest
        """

    func code(hash: String) throws(StorageError) -> [UInt8]? {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute("SELECT module FROM codes WHERE hash = $1", [.text(hash)])
            return found.rowCount == 0 ? nil : found.bytes(0, 0)
        }
    }

    func meteredCode(of hash: String, form: MeteredCodeForm) throws(StorageError) -> [UInt8]? {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                "SELECT module FROM metered_codes WHERE code = $1 AND form = $2 AND weights_version = $3",
                [.text(hash), .text(form.name), .int(Int64(form.weightsVersion))])
            return found.rowCount == 0 ? nil : found.bytes(0, 0)
        }
    }

    func storeMeteredCode(_ metered: MeteredCode, of hash: String) throws(StorageError) {
        try perform { connection, _ throws(PostgresError) in
            do throws(PostgresError) {
                try Self.insert(metered, of: hash, on: connection)
            } catch  where error.isForeignKeyViolation {
                // The module went in between: nobody needs the form any more.
            }
        }
    }

    static func insert(
        _ metered: MeteredCode, of hash: String, on connection: PostgresConnection
    ) throws(PostgresError) {
        _ = try connection.execute(
            """
            INSERT INTO metered_codes (code, form, weights_version, module)
            SELECT hash, $2, $3, $4 FROM codes WHERE hash = $1
            ON CONFLICT DO NOTHING
            """,
            [
                .text(hash), .text(metered.form.name), .int(Int64(metered.form.weightsVersion)),
                .bytes(metered.code),
            ])
    }
}
