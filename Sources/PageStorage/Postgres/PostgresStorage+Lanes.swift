extension PostgresStorage {
    func claimLanes(by server: ServerID, lanes limit: Int, jobsPerLane: Int) throws(StorageError) -> [ClaimedLane] {
        let call = Self.newCall()
        return try perform { connection, isRepeated throws(PostgresError) in
            try connection.transaction { () throws(PostgresError) in
                guard try Self.lockAlive(server, on: connection) else { return [] }
                if isRepeated {
                    let earlier = try Self.claimed(in: call, jobsPerLane: jobsPerLane, by: server, on: connection)
                    if !earlier.isEmpty { return earlier }
                }
                let taken = try Self.takeLanes(limit, by: server, on: connection)
                guard !taken.isEmpty else { return [] }
                let claimed = try Self.claimJobs(of: taken, jobsPerLane, call: call, by: server, on: connection)
                try Self.dropEmpty(taken, claimed, on: connection)
                return claimed
            }
        }
    }

    func claimMore(of key: ProgramKey, by server: ServerID, jobs limit: Int) throws(StorageError) -> ClaimedLane? {
        let call = Self.newCall()
        return try perform { connection, isRepeated throws(PostgresError) in
            try connection.transaction { () throws(PostgresError) in
                guard try Self.lockAlive(server, on: connection) else { return nil }
                if isRepeated {
                    let earlier = try Self.claimed(in: call, jobsPerLane: limit, by: server, on: connection)
                    if let lane = earlier.first { return lane }
                }
                let held = try connection.execute(
                    "UPDATE lanes SET waiting = false WHERE program = $1 AND server = $2 RETURNING posted",
                    [.bytes(key.bytes), .bytes(server.bytes)])
                guard held.rowCount == 1 else { return nil }
                let lane = TakenLane(key: key, posted: held.int(0, 0), isOwn: true)
                return try Self.claimJobs(of: [lane], limit, call: call, by: server, on: connection).first
            }
        }
    }

    func releaseLanes(
        _ lanes: [(key: ProgramKey, posted: Int64)], by server: ServerID
    ) throws(StorageError) -> [ProgramKey] {
        try perform { connection, _ throws(PostgresError) in
            let kept = try connection.execute(
                """
                WITH asked AS MATERIALIZED (
                    SELECT * FROM unnest($2::uuid[], $3::bigint[]) AS asked (program, posted)
                ), held AS MATERIALIZED (
                    SELECT lanes.program FROM asked JOIN lanes USING (program)
                    WHERE server = $1 AND lanes.posted = asked.posted
                    ORDER BY lanes.program FOR UPDATE OF lanes
                ), released AS (
                    DELETE FROM lanes WHERE program IN (SELECT program FROM held) RETURNING program
                )
                SELECT lanes.program FROM asked JOIN lanes USING (program)
                WHERE server = $1 AND lanes.program NOT IN (SELECT program FROM released)
                """, [.bytes(server.bytes), .uuids(lanes.map(\.key.bytes)), .ints(lanes.map(\.posted))])
            return kept.column(0).map { ProgramKey(bytes: $0) }
        }
    }

    func giveBackLanes(_ lanes: [ProgramKey], by server: ServerID) throws(StorageError) {
        try perform { connection, _ throws(PostgresError) in
            try connection.transaction { () throws(PostgresError) in
                let given = try connection.execute(
                    """
                    WITH held AS MATERIALIZED (
                        SELECT program FROM lanes WHERE server = $1 AND program = ANY ($2::uuid[])
                        ORDER BY program FOR UPDATE
                    )
                    UPDATE lanes SET server = NULL, waiting = true, since = nextval('queue_positions')
                    WHERE program IN (SELECT program FROM held) RETURNING program
                    """, [.bytes(server.bytes), .uuids(lanes.map(\.bytes))])
                guard given.rowCount > 0 else { return }
                _ = try connection.execute(
                    """
                    UPDATE queue SET server = NULL, started_at = NULL
                    WHERE server = $1 AND key = ANY ($2::uuid[])
                    """, [.bytes(server.bytes), .uuids(given.column(0))])
                try Self.tellOthers(on: connection)
            }
        }
    }

    func releaseUnknown(
        knownJobs: [String], knownLanes: [ProgramKey], by server: ServerID
    ) throws(StorageError) {
        var jobs: [[UInt8]] = []
        for job in knownJobs { jobs.append(try jobIDBytes(job)) }
        try perform { connection, _ throws(PostgresError) in
            try connection.transaction { () throws(PostgresError) in
                // Waits for what was sent and not answered.
                _ = try connection.execute("SELECT FROM servers WHERE id = $1 FOR UPDATE", [.bytes(server.bytes)])
                _ = try connection.execute(
                    """
                    WITH held AS MATERIALIZED (
                        SELECT program FROM lanes WHERE server = $1 ORDER BY program FOR UPDATE
                    )
                    UPDATE lanes SET server = NULL, waiting = true, since = nextval('queue_positions')
                    WHERE program IN (SELECT program FROM held WHERE program <> ALL ($2::uuid[]))
                    """, [.bytes(server.bytes), .uuids(knownLanes.map(\.bytes))])
                // The lane gets another number, lest a job that holds it come before one that is freed.
                _ = try connection.execute(
                    """
                    WITH freed AS (
                        UPDATE queue SET server = NULL, started_at = NULL
                        WHERE server = $1 AND id <> ALL ($2::uuid[]) RETURNING key
                    )
                    UPDATE lanes SET waiting = true, posted = nextval('queue_positions'),
                        since = nextval('queue_positions')
                    WHERE program IN (SELECT key FROM freed)
                    """, [.bytes(server.bytes), .uuids(jobs)])
                try Self.tellOthers(on: connection)
            }
        }
    }

    // MARK: Claiming

    private struct TakenLane {
        var key: ProgramKey
        var posted: Int64
        /// The server had it before.
        var isOwn: Bool
    }

    /// Tells a call from all others, so that what it did is found when its answer is lost.
    static func newCall() -> Int64 { .random(in: 1...Int64.max) }

    /// Keeps the server from being declared dead until the end of the transaction, and orders its claims: one that is
    /// repeated waits until it is certain what became of the first.
    /// - Returns: false if its lease has run out.
    private static func lockAlive(
        _ server: ServerID, on connection: PostgresConnection
    ) throws(PostgresError) -> Bool {
        try connection.execute(
            "SELECT FROM servers WHERE id = $1 AND lease_until > now() FOR NO KEY UPDATE", [.bytes(server.bytes)]
        ).rowCount == 1
    }

    /// Makes lanes that wait the server's.
    private static func takeLanes(
        _ limit: Int, by server: ServerID, on connection: PostgresConnection
    ) throws(PostgresError) -> [TakenLane] {
        let taken = try connection.execute(
            """
            WITH free AS MATERIALIZED (
                SELECT program, server, since FROM lanes WHERE waiting AND server IS NULL
                ORDER BY server, since LIMIT $2 FOR UPDATE SKIP LOCKED
            ), own AS MATERIALIZED (
                SELECT program, server, since FROM lanes WHERE waiting AND server = $1
                ORDER BY server, since LIMIT $2 FOR UPDATE SKIP LOCKED
            ), first AS MATERIALIZED (
                SELECT * FROM (SELECT * FROM free UNION ALL SELECT * FROM own) AS found ORDER BY since LIMIT $2
            )
            UPDATE lanes SET server = $1, waiting = false
            WHERE program = ANY (ARRAY(SELECT program FROM first))
            RETURNING program, posted, program = ANY (ARRAY(SELECT program FROM own))
            """, [.bytes(server.bytes), .int(Int64(limit))])
        return (0..<taken.rowCount).map {
            TakenLane(
                key: ProgramKey(bytes: taken.bytes($0, 0)), posted: taken.int($0, 1), isOwn: taken.int($0, 2) != 0)
        }
    }

    /// Claims the first jobs of lanes. A statement of its own after the lanes are the server's: it sees every job whose
    /// post changed `posted`.
    private static func claimJobs(
        of lanes: [TakenLane], _ limit: Int, call: Int64, by server: ServerID, on connection: PostgresConnection
    ) throws(PostgresError) -> [ClaimedLane] {
        let claimed = try connection.execute(
            """
            WITH picked AS MATERIALIZED (
                SELECT lane.key, job.id, row_number() OVER (PARTITION BY lane.key ORDER BY position) AS place
                FROM unnest($1::uuid[]) AS lane (key), LATERAL (
                    SELECT id, position FROM queue WHERE queue.key = lane.key AND server IS NULL
                    ORDER BY position LIMIT $4::bigint + 1
                ) AS job
            ), claimed AS (
                UPDATE queue SET server = $2, last_call = $3
                WHERE server IS NULL AND id = ANY (ARRAY(SELECT id FROM picked WHERE place <= $4::bigint))
                RETURNING *
            )
            SELECT \(queuedColumns), key = ANY (ARRAY(SELECT key FROM picked WHERE place > $4::bigint))
            FROM claimed ORDER BY position
            """, [.uuids(lanes.map(\.key.bytes)), .bytes(server.bytes), .int(call), .int(Int64(limit))])
        var found = lanes.map { ClaimedLane(key: $0.key, posted: $0.posted, jobs: [], hasMore: false) }
        let places = Dictionary(uniqueKeysWithValues: zip(lanes.map(\.key), lanes.indices))
        for row in 0..<claimed.rowCount {
            let job = queuedJob(claimed, row: row)
            guard let place = places[job.key] else { continue }
            found[place].jobs.append(job)
            found[place].hasMore = claimed.int(row, queuedColumnCount) != 0
        }
        return zip(lanes, found).filter { $0.isOwn || !$1.jobs.isEmpty }.map(\.1)
    }

    /// Gives up lanes that were taken and hold no job: it was cancelled, as a rule.
    private static func dropEmpty(
        _ taken: [TakenLane], _ claimed: [ClaimedLane], on connection: PostgresConnection
    ) throws(PostgresError) {
        let kept = Set(claimed.map(\.key))
        let empty = taken.map(\.key).filter { !kept.contains($0) }
        guard !empty.isEmpty else { return }
        _ = try connection.execute(
            "DELETE FROM lanes WHERE program = ANY ($1::uuid[])", [.uuids(empty.map(\.bytes))])
    }

    /// What an earlier try of the same call has claimed.
    private static func claimed(
        in call: Int64, jobsPerLane: Int, by server: ServerID, on connection: PostgresConnection
    ) throws(PostgresError) -> [ClaimedLane] {
        let rows = try connection.execute(
            """
            SELECT \(queuedColumns), posted,
                EXISTS (SELECT FROM queue AS later WHERE later.key = queue.key AND later.server IS NULL)
            FROM queue JOIN (SELECT program AS lane, posted FROM lanes) AS lanes ON lane = key
            WHERE queue.server = $1 AND last_call = $2 ORDER BY position
            """, [.bytes(server.bytes), .int(call)])
        var found: [ClaimedLane] = []
        for row in 0..<rows.rowCount {
            let job = queuedJob(rows, row: row)
            if let place = found.firstIndex(where: { $0.key == job.key }) {
                found[place].jobs.append(job)
            } else {
                let posted = rows.int(row, queuedColumnCount)
                let hasMore = rows.int(row, queuedColumnCount + 1) != 0
                found.append(ClaimedLane(key: job.key, posted: posted, jobs: [job], hasMore: hasMore))
            }
        }
        return found
    }
}
