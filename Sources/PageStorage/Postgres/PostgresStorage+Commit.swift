import Foundation
import Pages

extension PostgresStorage {
    /// A commit is safe to repeat after a lost connection: the version and the job's id let at most one of the two
    /// through, also when the server comes to the first one only later. So repeating it makes its fate certain.
    func commit(_ commit: Commit) throws(StorageError) -> CommitResult { try self.commit(commit, wasSent: false) }

    /// - Parameter wasSent: it was sent before, and nobody knows what became of it.
    func commit(_ commit: Commit, wasSent: Bool) throws(StorageError) -> CommitResult {
        let job = try PostgresJobRow(commit.job)
        let rows = commit.pageRows
        return try perform { connection, isRepeated throws(PostgresError) in
            let version: Int64?
            do throws(PostgresError) {
                version =
                    rows.count <= Self.rowsPerStatement
                    ? try Self.store(commit, rows[...], job, on: connection)
                    : try Self.storeInParts(commit, rows, job, on: connection)
            } catch  where error.isUniqueViolation {
                version = nil
            }
            if let version { return .committed(version: version) }
            return try Self.refusal(of: commit, job, isRepeated: isRepeated || wasSent, on: connection)
        }
    }

    /// 16 MiB of pages: what the server may have to hold in memory several times over.
    static let rowsPerStatement = 1024

    /// The whole commit as one statement, which is one transaction and one round trip.
    /// - Returns: the new version; nil if the program has another version, or is gone.
    private static func store(
        _ commit: Commit, _ rows: ArraySlice<PageRow>, _ job: PostgresJobRow, on connection: PostgresConnection
    ) throws(PostgresError) -> Int64? {
        let values =
            [
                PostgresValue.bytes(commit.key.bytes), .int(commit.version), .int(Int64(commit.memorySize)),
                .time(commit.job.finishedAt), .bytes(commit.holes),
            ] + job.values
        let claim = commit.claim.map { [PostgresValue.bytes($0.bytes)] } ?? []
        let stored =
            switch (rows.isEmpty, claim.isEmpty) {
            case (true, true): try connection.execute(emptyStatement, values)
            case (true, false): try connection.execute(claimedEmptyStatement, values + claim)
            case (false, true): try connection.execute(pagesStatement, values + arrays(rows))
            case (false, false): try connection.execute(claimedPagesStatement, values + arrays(rows) + claim)
            }
        return stored.rowCount == 0 ? nil : stored.int(0, 0)
    }

    private static let emptyStatement = """
        WITH \(unwritten()), \(recorded) SELECT version FROM raised
        """

    private static let pagesStatement = """
        WITH \(written()), \(recorded) SELECT version FROM raised
        """

    private static let claimedEmptyStatement = """
        WITH \(held(by: "$13")), \(unwritten(where: "EXISTS (SELECT FROM held)")), \(recorded), \(left)
        SELECT version FROM raised
        """

    private static let claimedPagesStatement = """
        WITH \(held(by: "$16")), \(written(where: "EXISTS (SELECT FROM held)")), \(recorded), \(left)
        SELECT version FROM raised
        """

    /// The queue's row is locked first, and goes with the commit.
    private static func held(by server: String) -> String {
        """
        held AS MATERIALIZED (
            SELECT has_callback FROM queue WHERE id = $6 AND server = \(server) FOR UPDATE
        )
        """
    }

    private static let left = """
        ended AS (
            DELETE FROM queue WHERE id = $6 AND EXISTS (SELECT FROM raised)
        ), called AS (
            UPDATE callbacks SET due_at = now() FROM held, raised WHERE has_callback AND job = $6
        )
        """

    private static let recorded = """
        recorded AS (
            INSERT INTO jobs (committed_version, id, program, state, outcome, created_at, finished_at, document)
            SELECT version, $6, $7, $8, $9, $10, $11, $12 FROM raised
        )
        """

    /// Pages make a new version, whatever they hold.
    private static func written(where condition: String = "true") -> String {
        """
        raised AS (
            UPDATE program_states SET version = version + 1, updated_at = $4, memory_size = $3, holes = $5
            WHERE program = $1 AND version = $2 AND \(condition)
            RETURNING version
        ), \(replaced(pages: "$13")), stored AS (
            INSERT INTO pages (program, page, version, content, bytes)
            SELECT $1, written.page, raised.version, written.content, written.bytes
            FROM raised, unnest($13::bigint[], $14::text[], $15::bytea[]) AS written (page, content, bytes)
        )
        """
    }

    /// Without pages the version stays, unless the memory is another.
    private static func unwritten(where condition: String = "true") -> String {
        """
        found AS MATERIALIZED (
            SELECT version, (memory_size, holes) = ($3, $5) AS is_same FROM program_states
            WHERE program = $1 AND version = $2 AND \(condition) FOR UPDATE
        ), moved AS (
            UPDATE program_states SET version = version + 1, updated_at = $4, memory_size = $3, holes = $5
            WHERE program = $1 AND version = (SELECT version FROM found WHERE NOT is_same)
            RETURNING version
        ), raised AS MATERIALIZED (
            SELECT version FROM found WHERE is_same UNION ALL SELECT version FROM moved
        )
        """
    }

    /// Removes the rows of pages that are stored anew, once there is a row in `raised`.
    static func replaced(pages: String) -> String {
        """
        replaced AS (
            DELETE FROM pages WHERE ctid = ANY (ARRAY(
                SELECT (
                    SELECT ctid FROM pages WHERE program = $1 AND pages.page = written.page
                    ORDER BY version DESC LIMIT 1
                )
                FROM raised, unnest(\(pages)::bigint[]) AS written (page)))
        )
        """
    }

    /// A commit too large for one statement: all pages but the last part first, under the locks of the queue's row and
    /// the program's.
    private static func storeInParts(
        _ commit: Commit, _ rows: [PageRow], _ job: PostgresJobRow, on connection: PostgresConnection
    ) throws(PostgresError) -> Int64? {
        try connection.transaction { () throws(PostgresError) in
            if let claim = commit.claim {
                let held = try connection.execute(
                    "SELECT FROM queue WHERE id = $1 AND server = $2 FOR UPDATE", [.bytes(job.id), .bytes(claim.bytes)])
                guard held.rowCount == 1 else { return nil }
            }
            let locked = try connection.execute(
                "SELECT FROM program_states WHERE program = $1 AND version = $2 FOR UPDATE",
                [.bytes(commit.key.bytes), .int(commit.version)])
            guard locked.rowCount == 1 else { return nil }
            var rest = rows[...]
            while rest.count > rowsPerStatement {
                _ = try connection.execute(
                    """
                    WITH raised AS (SELECT $2::bigint AS version), \(replaced(pages: "$3"))
                    INSERT INTO pages (program, page, version, content, bytes)
                    SELECT $1, page, version, content, bytes
                    FROM raised, unnest($3::bigint[], $4::text[], $5::bytea[]) AS written (page, content, bytes)
                    """,
                    [.bytes(commit.key.bytes), .int(commit.version + 1)] + arrays(rest.prefix(rowsPerStatement)))
                rest = rest.dropFirst(rowsPerStatement)
            }
            return try store(commit, rest, job, on: connection)
        }
    }

    private static func arrays(_ rows: ArraySlice<PageRow>) -> [PostgresValue] {
        [
            .ints(rows.map { Int64($0.page.rawValue) }), .texts(rows.map(\.content.rawValue)),
            .byteStrings(rows.map(\.bytes)),
        ]
    }

    /// Why nothing was stored. Final: a version never comes back, and neither does a key or the id of a job.
    private static func refusal(
        of commit: Commit, _ job: PostgresJobRow, isRepeated: Bool, on connection: PostgresConnection
    ) throws(PostgresError) -> CommitResult {
        let record = try connection.execute("SELECT committed_version FROM jobs WHERE id = $1", [.bytes(job.id)])
        if record.rowCount == 1 {
            // A job that was recorded by a commit was recorded by this one, before the connection was lost.
            let isOurs = isRepeated && !record.isNull(0, 0)
            // Ended without a claim: nobody needs to run it any more.
            if let claim = commit.claim {
                _ = try connection.execute(
                    "DELETE FROM queue WHERE id = $1 AND server = $2", [.bytes(job.id), .bytes(claim.bytes)])
            }
            return isOurs ? .committed(version: record.int(0, 0)) : .jobAlreadyRecorded
        }
        if let claim = commit.claim {
            let held = try connection.execute(
                "SELECT FROM queue WHERE id = $1 AND server = $2", [.bytes(job.id), .bytes(claim.bytes)])
            guard held.rowCount == 1 else { return .claimLost }
        }
        let program = try connection.execute("SELECT FROM programs WHERE key = $1", [.bytes(commit.key.bytes)])
        return program.rowCount == 1 ? .conflict : .programDeleted
    }
}
