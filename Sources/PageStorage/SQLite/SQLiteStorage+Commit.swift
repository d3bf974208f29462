extension SQLiteStorage {
    func commit(_ commit: Commit) throws(StorageError) -> CommitResult {
        let rows = commit.pageRows
        let job = try SQLiteJobRow(commit.job)
        return try transaction { database throws(SQLiteError) in try Self.store(commit, rows, job, in: database) }
    }

    /// One transaction for all, which is one write to the disk.
    func commitTogether(_ commits: [Commit]) -> [Result<CommitResult, StorageError>] {
        do throws(StorageError) {
            var prepared: [(commit: Commit, rows: [PageRow], job: SQLiteJobRow)] = []
            for commit in commits { prepared.append((commit, commit.pageRows, try SQLiteJobRow(commit.job))) }
            let results = try transaction { database throws(SQLiteError) in
                var results: [CommitResult] = []
                for (commit, rows, job) in prepared { results.append(try Self.store(commit, rows, job, in: database)) }
                return results
            }
            return results.map { .success($0) }
        } catch {
            return commitEach(commits) { commit throws(StorageError) in try self.commit(commit) }
        }
    }

    private static func store(
        _ commit: Commit, _ rows: [PageRow], _ job: SQLiteJobRow, in database: SQLiteDatabase
    ) throws(SQLiteError) -> CommitResult {
        guard try !Self.isRecorded(job, in: database) else {
            // Ended without a claim: nobody needs to run it any more.
            if let claim = commit.claim { _ = try Self.leaveQueue(job, claim: claim, in: database) }
            return .jobAlreadyRecorded
        }
        if let claim = commit.claim, try !Self.isClaimed(job, by: claim, in: database) { return .claimLost }
        let raised = try database.first(
            """
            UPDATE programs SET
                version = version + (?5 OR (memory_size, holes) <> (?3, ?6)),
                updated_at = CASE WHEN ?5 OR (memory_size, holes) <> (?3, ?6) THEN ?4 ELSE updated_at END,
                memory_size = ?3, holes = ?6
            WHERE key = ?1 AND version = ?2
            RETURNING version
            """,
            [
                .blob(commit.key.bytes), .int(commit.version), .int(Int64(commit.memorySize)),
                .int(commit.job.finishedAt), .int(rows.isEmpty ? 0 : 1),
                .blob(commit.holes),
            ],
            row: { $0.int(0) })
        guard let version = raised else {
            let program = try database.first(
                "SELECT 1 FROM programs WHERE key = ?", [.blob(commit.key.bytes)], row: { $0.int(0) })
            return program == nil ? .programDeleted : .conflict
        }
        try Self.store(rows, of: commit.key, version: version, in: database)
        try Self.insert(job, committedVersion: version, in: database)
        if let claim = commit.claim { _ = try Self.leaveQueue(job, claim: claim, in: database) }
        return .committed(version: version)
    }

    private static func isClaimed(
        _ job: SQLiteJobRow, by server: ServerID, in database: SQLiteDatabase
    ) throws(SQLiteError) -> Bool {
        try database.first(
            "SELECT 1 FROM queue WHERE id = ? AND server = ?", [.blob(job.id), .blob(server.bytes)],
            row: { _ in true }) ?? false
    }
}
