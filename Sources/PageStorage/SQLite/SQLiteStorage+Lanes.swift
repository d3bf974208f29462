extension SQLiteStorage {
    func claimLanes(by server: ServerID, lanes limit: Int, jobsPerLane: Int) throws(StorageError) -> [ClaimedLane] {
        try transaction { database throws(SQLiteError) in
            guard try Self.isAlive(server, in: database) else { return [] }
            var found: [(key: ProgramKey, posted: Int64, since: Int64, isOwn: Bool)] = []
            for owner in [nil, server] {
                found += try database.rows(
                    """
                    SELECT program, posted, since FROM lanes WHERE waiting AND server IS ? ORDER BY since LIMIT ?
                    """, [.optionalBlob(owner?.bytes), .int(Int64(limit))],
                    row: { (ProgramKey(bytes: $0.blob(0)), $0.int(1), $0.int(2), owner != nil) })
            }
            var claimed: [ClaimedLane] = []
            for lane in found.sorted(by: { $0.since < $1.since }).prefix(limit) {
                try database.execute(
                    "UPDATE lanes SET server = ?2, waiting = 0 WHERE program = ?1",
                    [.blob(lane.key.bytes), .blob(server.bytes)])
                let jobs = try Self.claim(lane.key, posted: lane.posted, by: server, jobs: jobsPerLane, in: database)
                if jobs.jobs.isEmpty, !jobs.hasMore, !lane.isOwn {
                    try database.execute("DELETE FROM lanes WHERE program = ?", [.blob(lane.key.bytes)])
                } else {
                    claimed.append(jobs)
                }
            }
            return claimed
        }
    }

    func claimMore(
        of keys: [ProgramKey], orWaiting limit: Int, by server: ServerID, jobsPerLane: Int
    ) throws(StorageError) -> [ClaimedLane] {
        try transaction { database throws(SQLiteError) in
            guard try Self.isAlive(server, in: database) else { return [] }
            let others = try database.rows(
                "SELECT program FROM lanes WHERE waiting AND server IS ? ORDER BY since LIMIT ?",
                [.blob(server.bytes), .int(Int64(limit + keys.count))], row: { ProgramKey(bytes: $0.blob(0)) })
            var claimed: [ClaimedLane] = []
            for key in keys + others.filter({ !keys.contains($0) }).prefix(limit) {
                let posted = try database.first(
                    "UPDATE lanes SET waiting = 0 WHERE program = ? AND server = ? RETURNING posted",
                    [.blob(key.bytes), .blob(server.bytes)], row: { $0.int(0) })
                guard let posted else { continue }
                claimed.append(
                    try Self.claim(key, posted: posted, by: server, jobs: jobsPerLane, in: database))
            }
            return claimed
        }
    }

    func releaseLanes(
        _ lanes: [(key: ProgramKey, posted: Int64)], by server: ServerID
    ) throws(StorageError) -> [ProgramKey] {
        try transaction { database throws(SQLiteError) in
            var kept: [ProgramKey] = []
            for lane in lanes {
                let posted = try database.first(
                    "SELECT posted FROM lanes WHERE program = ? AND server = ?",
                    [.blob(lane.key.bytes), .blob(server.bytes)], row: { $0.int(0) })
                if posted == lane.posted {
                    try database.execute("DELETE FROM lanes WHERE program = ?", [.blob(lane.key.bytes)])
                } else if posted != nil {
                    kept.append(lane.key)
                }
            }
            return kept
        }
    }

    func giveBackLanes(_ lanes: [ProgramKey], by server: ServerID) throws(StorageError) {
        try transaction { database throws(SQLiteError) in
            for key in lanes {
                let values: [SQLiteValue] = [.blob(key.bytes), .blob(server.bytes)]
                let isHeld = try database.execute(
                    """
                    UPDATE lanes SET server = NULL, waiting = 1, since = \(Self.nextTurn)
                    WHERE program = ? AND server = ?
                    """, values)
                guard isHeld == 1 else { continue }
                try database.execute(
                    "UPDATE queue SET server = NULL, started_at = NULL WHERE key = ? AND server = ?", values)
            }
        }
    }

    func releaseUnknown(
        knownJobs: [String], knownLanes: [ProgramKey], by server: ServerID
    ) throws(StorageError) {
        var jobs: Set<[UInt8]> = []
        for job in knownJobs { jobs.insert(try jobIDBytes(job)) }
        try transaction { database throws(SQLiteError) in
            let me = SQLiteValue.blob(server.bytes)
            let held = try database.rows(
                "SELECT id, key FROM queue WHERE server = ?", [me], row: { (id: $0.blob(0), key: $0.blob(1)) })
            for job in held where !jobs.contains(job.id) {
                try database.execute("UPDATE queue SET server = NULL, started_at = NULL WHERE id = ?", [.blob(job.id)])
                // Another number, lest a job that holds the lane come before this one.
                try database.execute(
                    "UPDATE lanes SET waiting = 1, posted = -\(Self.nextTurn), since = \(Self.nextTurn) WHERE program = ?",
                    [.blob(job.key)])
            }
            for lane in try database.rows("SELECT program FROM lanes WHERE server = ?", [me], row: { $0.blob(0) })
            where !knownLanes.contains(ProgramKey(bytes: lane)) {
                try database.execute(
                    "UPDATE lanes SET server = NULL, waiting = 1, since = \(Self.nextTurn) WHERE program = ?",
                    [.blob(lane)])
            }
        }
    }

    private static func claim(
        _ key: ProgramKey, posted: Int64, by server: ServerID, jobs limit: Int, in database: SQLiteDatabase
    ) throws(SQLiteError) -> ClaimedLane {
        let jobs = try database.rows(
            "\(selectQueued) WHERE key = ? AND server IS NULL ORDER BY position LIMIT ?",
            [.blob(key.bytes), .int(Int64(limit) + 1)], row: queuedJob)
        for job in jobs.prefix(limit) {
            try database.execute(
                "UPDATE queue SET server = ? WHERE position = ?", [.blob(server.bytes), .int(job.position)])
        }
        return ClaimedLane(key: key, posted: posted, jobs: Array(jobs.prefix(limit)), hasMore: jobs.count > limit)
    }
}
