extension SQLiteStorage {
    func commit(_ commit: Commit) throws(StorageError) -> CommitResult {
        let rows = commit.pageRows
        let job = try SQLiteJobRow(commit.job)
        return try transaction { database throws(SQLiteError) in
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
    }

    private static func isClaimed(
        _ job: SQLiteJobRow, by server: ServerID, in database: SQLiteDatabase
    ) throws(SQLiteError) -> Bool {
        try database.first(
            "SELECT 1 FROM queue WHERE id = ? AND server = ?", [.blob(job.id), .blob(server.bytes)],
            row: { _ in true }) ?? false
    }
}
