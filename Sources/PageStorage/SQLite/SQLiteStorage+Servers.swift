extension SQLiteStorage {
    func registerServer(_ server: ServerID, leaseMs: Int64) throws(StorageError) -> Int64 {
        try transaction { database throws(SQLiteError) in
            let now = currentMilliseconds()
            try database.execute(
                """
                INSERT INTO servers (id, lease_until, is_idle) VALUES (?1, ?2, 0)
                ON CONFLICT (id) DO UPDATE SET lease_until = ?2
                """, [.blob(server.bytes), .int(now + leaseMs)])
            return now
        }
    }

    func renewLease(
        _ server: ServerID, leaseMs: Int64, running: [(job: String, startedAt: Int64)], isIdle: Bool
    ) throws(StorageError) -> LeaseRenewal {
        let running = try RunningJob.all(running)
        return try transaction { database throws(SQLiteError) in
            let now = currentMilliseconds()
            let renewed = try database.execute(
                "UPDATE servers SET lease_until = ?2, is_idle = ?3 WHERE id = ?1",
                [.blob(server.bytes), .int(now + leaseMs), .int(isIdle ? 1 : 0)])
            let lost = try Self.noteRunning(running, by: server, in: database)
            let ended = try database.rows(
                "DELETE FROM servers WHERE lease_until <= ? AND id <> ? RETURNING id",
                [.int(now), .blob(server.bytes)], row: { $0.blob(0) })
            for server in ended { try Self.free(server, crashed: true, in: database) }
            let others = try Self.others(than: server, in: database)
            let queued = try database.first("SELECT count(*) FROM queue", row: { Int($0.int(0)) }) ?? 0
            let oldest = try database.first(
                "SELECT accepted_at FROM queue WHERE server IS NULL ORDER BY position LIMIT 1", row: { $0.int(0) })
            return LeaseRenewal(
                isAlive: renewed == 1, now: now, lost: lost, others: others, queued: queued, oldestUnclaimed: oldest)
        }
    }

    func noteRunning(
        _ running: [(job: String, startedAt: Int64)], waiting: [String], by server: ServerID
    ) throws(StorageError) -> [String] {
        let running = try RunningJob.all(running)
        let held = try RunningJob.all(waiting.map { ($0, 0) }) + running
        // Most often all is noted: that needs no lock.
        let noted = try perform { database throws(SQLiteError) in
            try held.map { job throws(SQLiteError) in
                try database.first(
                    "SELECT started_at IS NOT NULL FROM queue WHERE id = ? AND server = ?",
                    [.blob(job.id), .blob(server.bytes)], row: { $0.int(0) != 0 })
            }
        }
        if noted.suffix(running.count).contains(false) {
            _ = try transaction { database throws(SQLiteError) in
                try Self.noteRunning(running, by: server, in: database)
            }
        }
        return zip(held, noted).filter { $1 == nil }.map(\.0.text)
    }

    /// - Returns: those of the jobs that are not the server's.
    private static func noteRunning(
        _ running: [RunningJob], by server: ServerID, in database: SQLiteDatabase
    ) throws(SQLiteError) -> [String] {
        var lost: [String] = []
        for job in running {
            let held = try database.execute(
                "UPDATE queue SET started_at = coalesce(started_at, ?3) WHERE id = ?1 AND server = ?2",
                [.blob(job.id), .blob(server.bytes), .int(job.startedAt)])
            if held == 0 { lost.append(job.text) }
        }
        return lost
    }

    func otherServers(than server: ServerID, isIdle: Bool?) throws(StorageError) -> OtherServers {
        let (told, others) = try perform { database throws(SQLiteError) in
            (
                try database.first(
                    "SELECT is_idle FROM servers WHERE id = ?", [.blob(server.bytes)], row: { $0.int(0) != 0 }),
                try Self.others(than: server, in: database)
            )
        }
        // Most often there is nothing to tell: that needs no lock.
        if let isIdle, told != nil, isIdle != told {
            try transaction { database throws(SQLiteError) in
                _ = try database.execute(
                    "UPDATE servers SET is_idle = ? WHERE id = ?", [.int(isIdle ? 1 : 0), .blob(server.bytes)])
            }
        }
        return others
    }

    private static func others(
        than server: ServerID, in database: SQLiteDatabase
    ) throws(SQLiteError) -> OtherServers {
        try database.first(
            "SELECT count(*), coalesce(sum(is_idle), 0) FROM servers WHERE id <> ?", [.blob(server.bytes)],
            row: { OtherServers(count: Int($0.int(0)), idle: Int($0.int(1))) }) ?? OtherServers()
    }

    func unregisterServer(_ server: ServerID) throws(StorageError) {
        try transaction { database throws(SQLiteError) in
            try database.execute("DELETE FROM servers WHERE id = ?", [.blob(server.bytes)])
            try Self.free(server.bytes, crashed: false, in: database)
        }
    }

    static func isAlive(_ server: ServerID, in database: SQLiteDatabase) throws(SQLiteError) -> Bool {
        try database.first(
            "SELECT 1 FROM servers WHERE id = ? AND lease_until > ?",
            [.blob(server.bytes), .int(currentMilliseconds())], row: { _ in true }) ?? false
    }

    /// Frees what a server holds.
    /// - Parameter crashed: its first job of each program may be what ended it.
    private static func free(
        _ server: [UInt8], crashed: Bool, in database: SQLiteDatabase
    ) throws(SQLiteError) {
        if crashed {
            try database.execute(
                "UPDATE queue SET suspect = 1 WHERE position IN (SELECT min(position) FROM queue WHERE server = ? GROUP BY key)",
                [.blob(server)])
        }
        // A program with jobs to be run has a lane, whatever came before.
        try database.execute(
            """
            INSERT INTO lanes (program, server, posted, waiting, since)
            SELECT key, server, max(position), 0, 0 FROM queue WHERE server = ? GROUP BY key
            ON CONFLICT DO NOTHING
            """, [.blob(server)])
        try database.execute(
            "UPDATE queue SET server = NULL, started_at = NULL WHERE server = ?", [.blob(server)])
        try database.execute(
            "UPDATE lanes SET server = NULL, waiting = 1, since = \(nextTurn) WHERE server = ?", [.blob(server)])
    }

    /// Behind all lanes that wait already: positions only ascend.
    static let nextTurn = "(SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'queue')"
}

private struct RunningJob {
    let text: String
    let id: [UInt8]
    let startedAt: Int64

    static func all(_ jobs: [(job: String, startedAt: Int64)]) throws(StorageError) -> [RunningJob] {
        try jobs.map { job throws(StorageError) in
            RunningJob(text: job.job, id: try jobIDBytes(job.job), startedAt: job.startedAt)
        }
    }
}
