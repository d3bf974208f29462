extension PostgresStorage {
    /// Commits that are of claimed jobs and small go into one statement, which is one transaction, one round trip and one
    /// write of the log. What it does not store is tried by itself, and so is everything if it fails.
    func commitTogether(_ commits: [Commit]) -> [Result<CommitResult, StorageError>] {
        guard commits.count > 1, let claim = commits[0].claim, commits.allSatisfy({ $0.claim == claim }),
            commits.reduce(0, { $0 + $1.pages.count + $1.freedPages.count }) <= Self.rowsPerStatement
        else {
            return commitEach(commits) { commit throws(StorageError) in try self.commit(commit) }
        }
        var versions: [[UInt8]: Int64] = [:]
        var wasSent = false
        do throws(StorageError) {
            versions = try store(commits, claim: claim)
        } catch {
            if case .unavailable = error { wasSent = true }
        }
        return commitEach(commits) { commit throws(StorageError) in
            if let version = versions[try jobIDBytes(commit.job.id)] { return .committed(version: version) }
            return try self.commit(commit, wasSent: wasSent)
        }
    }

    /// - Returns: the new versions of those that were stored, by the bytes of their jobs' ids.
    private func store(_ commits: [Commit], claim: ServerID) throws(StorageError) -> [[UInt8]: Int64] {
        var jobs: [[UInt8]] = []
        for commit in commits { jobs.append(try jobIDBytes(commit.job.id)) }
        let rows = commits.map(\.pageRows)
        let written = zip(jobs, rows).flatMap { job, rows in rows.map { (job: job, row: $0) } }
        let values: [PostgresValue] = [
            .bytes(claim.bytes), .uuids(jobs), .uuids(commits.map(\.key.bytes)), .ints(commits.map(\.version)),
            .ints(commits.map { Int64($0.memorySize) }), .byteStrings(commits.map(\.holes)),
            .ints(rows.map { $0.isEmpty ? 0 : 1 }), .texts(commits.map(\.job.program)),
            .texts(commits.map(\.job.state)), .optionalTexts(commits.map(\.job.outcome)),
            .times(commits.map(\.job.createdAt)), .times(commits.map(\.job.finishedAt)),
            .byteStrings(commits.map(\.job.document)), .uuids(written.map(\.job)),
            .ints(written.map { Int64($0.row.page.rawValue) }), .texts(written.map(\.row.content.rawValue)),
            .byteStrings(written.map(\.row.bytes)),
        ]
        return try perform(repeats: false) { connection, _ throws(PostgresError) in
            let stored = try connection.execute(Self.togetherStatement, values)
            var versions: [[UInt8]: Int64] = [:]
            for row in 0..<stored.rowCount { versions[stored.bytes(row, 0)] = stored.int(row, 1) }
            return versions
        }
    }

    /// What the statements of single commits do, for arrays. Locks are taken in the same order: the queue's rows, then
    /// the programs'.
    private static let togetherStatement = """
        WITH input AS MATERIALIZED (
            SELECT * FROM unnest(
                $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bytea[], $7::bigint[], $8::text[], $9::text[],
                $10::text[], $11::timestamptz[], $12::timestamptz[], $13::bytea[])
            AS input (
                job, key, version, memory_size, holes, pages, program, state, outcome, created_at, finished_at, document)
        ), held AS MATERIALIZED (
            SELECT id, has_callback FROM queue WHERE id = ANY ($2::uuid[]) AND server = $1 ORDER BY id FOR UPDATE
        ), raised AS (
            UPDATE program_states AS state SET
                version = state.version + \(isChanged(then: "1", else: "0")),
                updated_at = \(isChanged(then: "finished_at", else: "state.updated_at")),
                memory_size = input.memory_size, holes = input.holes
            FROM input JOIN held ON held.id = input.job
            WHERE state.program = input.key AND state.version = input.version
            RETURNING state.program, state.version, input.job
        ), written AS MATERIALIZED (
            SELECT raised.program, raised.version, page, content, bytes
            FROM raised JOIN unnest($14::uuid[], $15::bigint[], $16::text[], $17::bytea[])
                AS written (job, page, content, bytes) ON written.job = raised.job
        ), replaced AS (
            DELETE FROM pages WHERE ctid = ANY (ARRAY(
                SELECT (
                    SELECT ctid FROM pages WHERE pages.program = written.program AND pages.page = written.page
                    ORDER BY version DESC LIMIT 1
                )
                FROM written))
        ), stored AS (
            INSERT INTO pages (program, page, version, content, bytes)
            SELECT program, page, version, content, bytes FROM written
        ), recorded AS (
            INSERT INTO jobs (committed_version, id, program, state, outcome, created_at, finished_at, document)
            SELECT raised.version, job, input.program, state, outcome, created_at, finished_at, document
            FROM raised JOIN input USING (job)
        ), ended AS (
            DELETE FROM queue WHERE id = ANY (ARRAY(SELECT job FROM raised))
        ), called AS (
            UPDATE callbacks SET due_at = now() FROM held JOIN raised ON raised.job = held.id
            WHERE has_callback AND callbacks.job = held.id
        )
        SELECT job, version FROM raised
        """

    /// Pages make a new version, whatever they hold, and so does another memory.
    private static func isChanged(then changed: String, else same: String) -> String {
        """
        CASE WHEN pages > 0 OR (state.memory_size, state.holes) <> (input.memory_size, input.holes)
        THEN \(changed) ELSE \(same) END
        """
    }
}
