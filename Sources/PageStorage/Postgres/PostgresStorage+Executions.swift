import Foundation
import Pages

extension PostgresStorage {
    func beginExecution(program id: String) throws(StorageError) -> ExecutionStart? {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute(
                """
                SELECT key, code, version, memory_size, memory_maximum, stack_end,
                    (SELECT string_agg(int4send(page::integer), '' ORDER BY page) FROM pages
                     WHERE program = key AND content <> 'freed')
                FROM programs WHERE id = $1
                """,
                [.text(id)])
            guard found.rowCount == 1 else { return nil }
            return ExecutionStart(
                key: ProgramKey(bytes: found.bytes(0, 0)), codeHash: found.text(0, 1), version: found.int(0, 2),
                memorySize: UInt32(found.int(0, 3)), memoryMaximum: UInt32(found.int(0, 4)),
                stackEnd: UInt32(found.int(0, 5)),
                storedPages: found.packedNumbers(0, 6).map { PageNumber($0) })
        }
    }

    func code(hash: String) throws(StorageError) -> [UInt8]? {
        try perform { connection, _ throws(PostgresError) in
            let found = try connection.execute("SELECT module FROM codes WHERE hash = $1", [.text(hash)])
            return found.rowCount == 0 ? nil : found.bytes(0, 0)
        }
    }
}
