import Synchronization

/// A claim is one statement, and so one round trip and one transaction.
///
/// A statement sees the queue as it was when it began, and locks lanes as they are. A lane that was written in between has
/// jobs, perhaps, that the statement does not see: it is left as it is, for the next statement. Of any other lane it sees
/// every job, for whoever leaves a job waiting writes its lane in the same transaction.
extension PostgresStorage {
    func claimLanes(by server: ServerID, lanes limit: Int, jobsPerLane: Int) throws(StorageError) -> [ClaimedLane] {
        var call = Self.newCall()
        return try perform { connection, isRepeated throws(PostgresError) in
            if isRepeated {
                let earlier = try Self.lanes(claimedIn: call, by: server, on: connection)
                guard earlier.isEmpty else { return earlier }
                call = Self.newCall()
            }
            var claimed: [ClaimedLane] = []
            while claimed.count < limit {
                let asked = limit - claimed.count
                let start = claimStart.next(for: server)
                let found = try Self.claim(
                    Self.claimWaiting, call: call, by: server, lanes: asked, jobsPerLane: jobsPerLane, [.int(start)],
                    on: connection)
                claimed.append(found.lanes)
                let isFull = found.locked == asked
                claimStart.note(found.last, isFull: isFull && !found.isStale)
                // Lanes may be left that were written meanwhile, that come after empty ones, or before the start.
                guard isFull || found.isStale || start != ClaimStart.beginning else { break }
            }
            return claimed
        }
    }

    func claimMore(
        of keys: [ProgramKey], orWaiting limit: Int, by server: ServerID, jobsPerLane: Int
    ) throws(StorageError) -> [ClaimedLane] {
        var call = Self.newCall()
        return try perform { connection, isRepeated throws(PostgresError) in
            var claimed: [ClaimedLane] = []
            if isRepeated {
                claimed = try Self.lanes(claimedIn: call, by: server, on: connection)
                call = Self.newCall()
            }
            var asked = keys
            while true {
                let found = try Self.claim(
                    Self.claimOwn, call: call, by: server, lanes: limit, jobsPerLane: jobsPerLane,
                    [.uuids(asked.map(\.bytes))], on: connection)
                claimed.append(found.lanes)
                guard found.isStale else { return claimed }
                let done = Set(found.lanes.map(\.key))
                asked.removeAll { done.contains($0) }
            }
        }
    }

    // MARK: Calls

    private static let calls = Atomic<Int64>(0)

    /// Tells a server's call from its earlier ones, so that what it did is found when its answer is lost.
    static func newCall() -> Int64 { calls.add(1, ordering: .relaxed).newValue }

    /// The server's claims up to a call do nothing if they come only now. Waits for one that is under way.
    static func void(_ call: Int64, of server: ServerID, on connection: PostgresConnection) throws(PostgresError) {
        _ = try connection.execute(
            "UPDATE servers SET voided_call = $2 WHERE id = $1 AND voided_call < $2",
            [.bytes(server.bytes), .int(call)])
    }

    /// What an earlier try of the same call has claimed; if it comes only now it claims nothing.
    private static func lanes(
        claimedIn call: Int64, by server: ServerID, on connection: PostgresConnection
    ) throws(PostgresError) -> [ClaimedLane] {
        try void(call, of: server, on: connection)
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
            let posted = rows.int(row, queuedColumnCount)
            let hasMore = rows.int(row, queuedColumnCount + 1) != 0
            found.append([ClaimedLane(key: job.key, posted: posted, jobs: [job], hasMore: hasMore)])
        }
        return found
    }

    // MARK: The statement

    private struct Claimed {
        var lanes: [ClaimedLane] = []
        /// How many lanes were locked, taken or not.
        var locked = 0
        /// Some were written since the statement began, and not taken.
        var isStale = false
        /// Since when the last one of them has waited.
        var last: Int64?
    }

    private static func claim(
        _ statement: String, call: Int64, by server: ServerID, lanes limit: Int, jobsPerLane: Int,
        _ values: [PostgresValue], on connection: PostgresConnection
    ) throws(PostgresError) -> Claimed {
        let found = try connection.execute(
            statement,
            [.bytes(server.bytes), .int(call), .int(Int64(limit)), .int(Int64(jobsPerLane))] + values)
        var claimed = Claimed()
        var seen: Set<ProgramKey> = []
        for row in 0..<found.rowCount {
            let field = { (number: Int) in queuedColumnCount + number }
            let key = ProgramKey(bytes: found.bytes(row, field(0)))
            if seen.insert(key).inserted { claimed.locked += 1 }
            claimed.last = max(claimed.last ?? .min, found.int(row, field(1)))
            if found.int(row, field(2)) == 0 { claimed.isStale = true }
            guard found.int(row, field(3)) != 0 else { continue }
            let lane = ClaimedLane(
                key: key, posted: found.int(row, field(4)),
                jobs: found.isNull(row, 0) ? [] : [queuedJob(found, row: row)], hasMore: found.int(row, field(5)) != 0)
            claimed.lanes.append([lane])
        }
        return claimed
    }

    /// Lanes that wait, whoever is free, and own ones.
    private static let claimWaiting = claimStatement(
        if: """
            EXISTS (SELECT FROM lanes WHERE waiting AND lanes.server IS NULL AND since > $5)
            OR EXISTS (SELECT FROM lanes WHERE waiting AND lanes.server = $1 AND since > $5)
            """,
        """
        free AS MATERIALIZED (
            SELECT ctid AS place, program AS lane, posted, since, false AS is_own FROM lanes
            WHERE waiting AND server IS NULL AND since > $5 AND EXISTS (SELECT FROM alive)
            ORDER BY server, since LIMIT $3 FOR UPDATE SKIP LOCKED
        ), own AS MATERIALIZED (
            SELECT ctid AS place, program AS lane, posted, since, true AS is_own FROM lanes
            WHERE waiting AND server = (SELECT id FROM alive) AND since > $5
            ORDER BY server, since LIMIT $3 FOR UPDATE SKIP LOCKED
        ), locked AS MATERIALIZED (
            SELECT * FROM (SELECT * FROM free UNION ALL SELECT * FROM own) AS either ORDER BY since LIMIT $3
        )
        """)

    /// Lanes that are asked for, and others that wait, all of them the server's own.
    private static let claimOwn = claimStatement(
        if: "$5::uuid[] <> '{}' OR EXISTS (SELECT FROM lanes WHERE waiting AND lanes.server = $1)",
        """
        asked AS MATERIALIZED (
            SELECT ctid AS place, program AS lane, posted, since, true AS is_own FROM lanes
            WHERE server = (SELECT id FROM alive) AND program = ANY ($5::uuid[]) ORDER BY program FOR UPDATE
        ), others AS MATERIALIZED (
            SELECT ctid AS place, program AS lane, posted, since, true AS is_own FROM lanes
            WHERE waiting AND server = (SELECT id FROM alive) AND program <> ALL ($5::uuid[])
            ORDER BY server, since LIMIT $3 FOR UPDATE SKIP LOCKED
        ), locked AS MATERIALIZED (
            SELECT * FROM asked UNION ALL SELECT * FROM others
        )
        """)

    /// A row for each job that is claimed, and for each lane without one.
    ///
    /// The server's row is locked first: the server is not declared dead before the claim is done, and one claim follows the
    /// other. Where nothing is to be claimed nothing is locked, and so nothing written.
    /// - Parameters:
    ///   - condition: whether there may be anything.
    ///   - lanes: queries, the last of them `locked`.
    private static func claimStatement(if condition: String, _ lanes: String) -> String {
        """
        WITH alive AS MATERIALIZED (
            SELECT id FROM servers
            WHERE id = $1 AND lease_until > now() AND voided_call < $2 AND (\(condition))
            FOR NO KEY UPDATE
        ), \(lanes), found AS MATERIALIZED (
            SELECT *, (SELECT true FROM lanes WHERE lanes.ctid = place) IS TRUE AS is_seen FROM locked
        ), picked AS MATERIALIZED (
            SELECT lane, job.place, row_number() OVER (PARTITION BY lane ORDER BY position) AS number
            FROM found, LATERAL (
                SELECT ctid AS place, position FROM queue WHERE queue.key = lane AND queue.server IS NULL
                ORDER BY position LIMIT $4::bigint + 1
            ) AS job
            WHERE is_seen
        ), results AS MATERIALIZED (
            SELECT *, is_seen AND (is_own OR lane IN (SELECT lane FROM picked)) AS is_taken FROM found
        ), taken AS (
            UPDATE lanes SET server = $1, waiting = false
            WHERE ctid = ANY (ARRAY(SELECT place FROM results WHERE is_taken))
        ), dropped AS (
            DELETE FROM lanes WHERE ctid = ANY (ARRAY(SELECT place FROM results WHERE is_seen AND NOT is_taken))
        ), claimed AS (
            UPDATE queue SET server = $1, last_call = $2
            WHERE server IS NULL AND ctid = ANY (ARRAY(SELECT place FROM picked WHERE number <= $4::bigint))
            RETURNING *
        )
        SELECT \(queuedColumns), lane, since, is_seen, is_taken, posted,
            lane IN (SELECT lane FROM picked WHERE number > $4::bigint)
        FROM results LEFT JOIN claimed ON key = lane ORDER BY position
        """
    }
}

extension [ClaimedLane] {
    /// Lanes that are among these already get more jobs.
    fileprivate mutating func append(_ lanes: [ClaimedLane]) {
        for lane in lanes {
            if let place = firstIndex(where: { $0.key == lane.key }) {
                self[place].jobs += lane.jobs
                self[place].posted = lane.posted
                self[place].hasMore = lane.hasMore
            } else {
                append(lane)
            }
        }
    }
}
