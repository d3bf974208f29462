extension PostgresStorage {
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
                // Waits for what was sent and not answered; what comes only now claims nothing.
                _ = try connection.execute("SELECT FROM servers WHERE id = $1 FOR UPDATE", [.bytes(server.bytes)])
                try Self.void(Self.newCall(), of: server, on: connection)
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
}
