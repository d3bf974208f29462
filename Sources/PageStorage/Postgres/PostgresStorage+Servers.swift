extension PostgresStorage {
    func registerServer(_ server: ServerID, leaseMs: Int64) throws(StorageError) -> Int64 {
        try perform { connection, _ throws(PostgresError) in
            try connection.transaction { () throws(PostgresError) in
                let registered = try connection.execute(
                    """
                    INSERT INTO servers (id, lease_until, is_idle) VALUES ($1, now() + $2::bigint * interval '1 ms', false)
                    ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until
                    RETURNING now()
                    """, [.bytes(server.bytes), .int(leaseMs)])
                // What nobody holds any more although it says so, as after a backup was restored.
                let strangers = try connection.execute(
                    """
                    SELECT server FROM (SELECT server FROM lanes UNION SELECT server FROM queue) AS holders
                    WHERE server IS NOT NULL AND NOT EXISTS (SELECT FROM servers WHERE id = server)
                    """)
                try Self.free(strangers.column(0), crashed: true, on: connection)
                return registered.time(0, 0)
            }
        }
    }

    func renewLease(
        _ server: ServerID, leaseMs: Int64, running: [(job: String, startedAt: Int64)], isIdle: Bool
    ) throws(StorageError) -> LeaseRenewal {
        let running = try Self.bytes(of: running)
        return try perform { connection, _ throws(PostgresError) in
            let renewed = try connection.execute(
                """
                UPDATE servers SET lease_until = now() + $2::bigint * interval '1 ms', is_idle = $3 WHERE id = $1
                """, [.bytes(server.bytes), .int(leaseMs), .bool(isIdle)])
            let isAlive = renewed.changedRows == 1
            let lost = running.isEmpty ? [] : try Self.noteRunning(running, by: server, on: connection)
            try Self.freeEndedServers(otherThan: server, leaseMs: leaseMs, on: connection)
            let counts = try connection.execute(
                """
                SELECT now(), others.*, jobs.*
                FROM (SELECT count(*), count(*) FILTER (WHERE is_idle) FROM servers WHERE id <> $1) AS others,
                    (SELECT count(*), min(accepted_at) FILTER (WHERE server IS NULL) FROM queue) AS jobs
                """, [.bytes(server.bytes)])
            return LeaseRenewal(
                isAlive: isAlive, now: counts.time(0, 0), lost: lost,
                others: OtherServers(count: Int(counts.int(0, 1)), idle: Int(counts.int(0, 2))),
                queued: Int(counts.int(0, 3)),
                oldestUnclaimed: counts.isNull(0, 4) ? nil : counts.time(0, 4))
        }
    }

    func noteRunning(
        _ running: [(job: String, startedAt: Int64)], waiting: [String], by server: ServerID
    ) throws(StorageError) -> [String] {
        let running = try Self.bytes(of: running)
        let waiting = try waiting.map { id throws(StorageError) in try jobIDBytes(id) }
        return try perform { connection, _ throws(PostgresError) in
            try Self.noteRunning(running, waiting: waiting, by: server, on: connection)
        }
    }

    private static func bytes(
        of running: [(job: String, startedAt: Int64)]
    ) throws(StorageError) -> [(id: [UInt8], startedAt: Int64)] {
        try running.map { job throws(StorageError) in (try jobIDBytes(job.job), job.startedAt) }
    }

    func otherServers(than server: ServerID, isIdle: Bool?) throws(StorageError) -> OtherServers {
        try perform { connection, _ throws(PostgresError) in
            let others = try connection.execute(
                """
                WITH told AS (UPDATE servers SET is_idle = $2 WHERE id = $1 AND is_idle <> $2)
                SELECT count(*), count(*) FILTER (WHERE is_idle) FROM servers WHERE id <> $1
                """, [.bytes(server.bytes), isIdle.map { .bool($0) } ?? .null])
            return OtherServers(count: Int(others.int(0, 0)), idle: Int(others.int(0, 1)))
        }
    }

    func unregisterServer(_ server: ServerID) throws(StorageError) {
        try perform { connection, _ throws(PostgresError) in
            try connection.transaction { () throws(PostgresError) in
                // Waits for posts and claims under way, so that the statements that follow see what they wrote.
                _ = try connection.execute("DELETE FROM servers WHERE id = $1", [.bytes(server.bytes)])
                try Self.free([server.bytes], crashed: false, on: connection)
            }
        }
    }

    /// A row that is locked is of a job that ends: to wait for it, with others locked that end later, could be a deadlock.
    /// - Returns: those of the jobs that are not the server's.
    private static func noteRunning(
        _ running: [(id: [UInt8], startedAt: Int64)], waiting: [[UInt8]] = [], by server: ServerID,
        on connection: PostgresConnection
    ) throws(PostgresError) -> [String] {
        let ids = running.map(\.id)
        if !ids.isEmpty {
            _ = try connection.execute(
                """
                UPDATE queue SET started_at = to_timestamp(running.started_at / 1000.0)
                FROM (
                    SELECT id, running.started_at
                    FROM queue JOIN unnest($2::uuid[], $3::bigint[]) AS running (id, started_at) USING (id)
                    WHERE server = $1 AND queue.started_at IS NULL ORDER BY id FOR UPDATE OF queue SKIP LOCKED
                ) AS running
                WHERE queue.id = running.id
                """, [.bytes(server.bytes), .uuids(ids), .ints(running.map(\.startedAt))])
        }
        let lost = try connection.execute(
            """
            SELECT id FROM unnest($2::uuid[]) AS held (id)
            WHERE NOT EXISTS (SELECT FROM queue WHERE queue.id = held.id AND server = $1)
            """, [.bytes(server.bytes), .uuids(ids + waiting)])
        return (0..<lost.rowCount).map { lost.uuid($0, 0)?.text ?? "" }
    }

    /// A lease does not run out while the database is down: nobody could have renewed it.
    private static func freeEndedServers(
        otherThan server: ServerID, leaseMs: Int64, on connection: PostgresConnection
    ) throws(PostgresError) {
        let condition = """
            id <> $2 AND lease_until <= now() AND pg_postmaster_start_time() + $1::bigint * interval '1 ms' <= now()
            """
        let isAny = try connection.execute(
            "SELECT EXISTS (SELECT FROM servers WHERE \(condition))", [.int(leaseMs), .bytes(server.bytes)])
        guard isAny.int(0, 0) != 0 else { return }
        try connection.transaction { () throws(PostgresError) in
            // A server whose row is locked is being freed already, or a call of it is under way: the next renewal sees.
            let ended = try connection.execute(
                """
                DELETE FROM servers
                WHERE id IN (SELECT id FROM servers WHERE \(condition) FOR UPDATE SKIP LOCKED) RETURNING id
                """, [.int(leaseMs), .bytes(server.bytes)])
            try free(ended.column(0), crashed: true, on: connection)
        }
    }

    /// Frees what servers hold that are not among `servers` any more.
    /// - Parameter crashed: their first jobs of each program may be what ended them.
    private static func free(
        _ servers: [[UInt8]], crashed: Bool, on connection: PostgresConnection
    ) throws(PostgresError) {
        guard !servers.isEmpty else { return }
        // The lanes first, and with a lock that a post to a held lane waits for: of two such posts one is seen by the
        // statement that follows, and the other finds the lane held no more.
        _ = try connection.execute(
            """
            WITH held AS MATERIALIZED (
                SELECT program FROM lanes WHERE server = ANY ($1::uuid[]) ORDER BY program FOR UPDATE
            )
            UPDATE lanes SET server = NULL, waiting = true, since = nextval('queue_positions')
            WHERE program IN (SELECT program FROM held)
            """, [.uuids(servers)])
        // A program with jobs to be run has a lane, whatever came before.
        _ = try connection.execute(
            """
            WITH freed AS (
                UPDATE queue SET server = NULL, started_at = NULL,
                    suspect = suspect OR $2 AND id IN (
                        SELECT DISTINCT ON (key) id FROM queue WHERE server = ANY ($1::uuid[])
                        ORDER BY key, position)
                WHERE server = ANY ($1::uuid[])
                RETURNING key
            )
            INSERT INTO lanes (program, posted, waiting, since)
            SELECT key, nextval('queue_positions'), true, nextval('queue_positions')
            FROM (SELECT DISTINCT key FROM freed ORDER BY key) AS lane
            ON CONFLICT DO NOTHING
            """, [.uuids(servers), .bool(crashed)])
        try tellOthers(on: connection)
    }

    /// Wakes servers that wait for jobs.
    static func tellOthers(on connection: PostgresConnection) throws(PostgresError) {
        _ = try connection.execute("SELECT pg_notify('\(postedChannel)', '')")
    }

    static let postedChannel = "lazypages_jobs"
}
