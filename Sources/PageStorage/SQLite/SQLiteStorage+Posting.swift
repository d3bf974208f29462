extension SQLiteStorage {
    func postJobs(
        _ jobs: [PostedJob], by server: ServerID, wakesOthers: Bool
    ) throws(StorageError) -> [PostedOutcome] {
        var rows: [(job: PostedJob, id: [UInt8])] = []
        for job in jobs { rows.append((job, try jobIDBytes(job.id))) }
        return try transaction { database throws(SQLiteError) in
            let now = currentMilliseconds()
            // Jobs of one program follow their first one.
            var decided: [ProgramKey: LaneDecision] = [:]
            var outcomes: [PostedOutcome] = []
            for (job, id) in rows {
                if let refusal = try Self.refusal(of: job, id: id, now: now, in: database) {
                    outcomes.append(refusal)
                    continue
                }
                let earlier = decided[job.key]
                let decision: LaneDecision
                if let earlier { decision = earlier } else { decision = try Self.decide(job, by: server, in: database) }
                let position = try Self.insert(
                    job, id: id, server: decision.isClaimed ? server : nil, now: now, in: database)
                if earlier == nil {
                    decided[job.key] = try Self.write(decision, of: job.key, position: position, in: database)
                }
                let acceptance = PostedOutcome.Acceptance(position: position, acceptedAt: now)
                let posted = decided[job.key]?.posted ?? position
                outcomes.append(decision.isClaimed ? .claimed(acceptance, posted: posted) : .waiting(acceptance))
            }
            return outcomes
        }
    }

    /// What a post makes of a program's lane.
    private struct LaneDecision {
        var isClaimed: Bool
        /// Who holds the lane afterwards.
        var holder: [UInt8]?
        /// The lane's number, if the post leaves the lane as it is.
        var posted: Int64?
    }

    private static func decide(
        _ job: PostedJob, by server: ServerID, in database: SQLiteDatabase
    ) throws(SQLiteError) -> LaneDecision {
        let mayTake = job.intent != .leave ? try isAlive(server, in: database) : false
        let lane = try database.first(
            "SELECT server, posted FROM lanes WHERE program = ?", [.blob(job.key.bytes)],
            row: { (server: $0.isNull(0) ? nil : $0.blob(0), posted: $0.int(1)) })
        guard let lane else { return LaneDecision(isClaimed: mayTake, holder: mayTake ? server.bytes : nil) }
        if mayTake, lane.server == server.bytes, job.intent == .hold(posted: lane.posted) {
            return LaneDecision(isClaimed: true, holder: server.bytes, posted: lane.posted)
        }
        return LaneDecision(isClaimed: false, holder: lane.server ?? (mayTake ? server.bytes : nil))
    }

    private static func write(
        _ decision: LaneDecision, of key: ProgramKey, position: Int64, in database: SQLiteDatabase
    ) throws(SQLiteError) -> LaneDecision {
        guard decision.posted == nil else { return decision }
        try database.execute(
            """
            INSERT INTO lanes (program, server, posted, waiting, since) VALUES (?1, ?2, ?3, ?4, ?3)
            ON CONFLICT (program) DO UPDATE SET
                server = ?2, posted = ?3, waiting = 1, since = CASE WHEN waiting THEN since ELSE ?3 END
            """,
            [
                .blob(key.bytes), .optionalBlob(decision.holder), .int(position), .int(decision.isClaimed ? 0 : 1),
            ])
        var written = decision
        written.posted = position
        return written
    }

    /// Why a job is not accepted; nil if it is.
    private static func refusal(
        of job: PostedJob, id: [UInt8], now: Int64, in database: SQLiteDatabase
    ) throws(SQLiteError) -> PostedOutcome? {
        // A request that is known stays known when its program is gone.
        if let idempotency = job.idempotency {
            let kept = try database.first(
                "SELECT fingerprint, job FROM idempotency_keys WHERE key = ? AND expires_at > ?",
                [.text(idempotency.key), .int(now)], row: { (fingerprint: $0.blob(0), job: $0.uuidText(1)) })
            if let kept {
                return kept.fingerprint == idempotency.fingerprint ? .repeated(job: kept.job) : .keyReused
            }
        }
        let program = try database.first(
            "SELECT 1 FROM programs WHERE id = ? AND key = ?", [.text(job.program), .blob(job.key.bytes)],
            row: { _ in true })
        guard program != nil else { return .programGone }
        guard let idempotency = job.idempotency else { return nil }
        try database.execute(
            "INSERT OR REPLACE INTO idempotency_keys (key, fingerprint, job, expires_at) VALUES (?, ?, ?, ?)",
            [.text(idempotency.key), .blob(idempotency.fingerprint), .blob(id), .int(now + idempotency.keptMs)])
        return nil
    }

    private static func insert(
        _ job: PostedJob, id: [UInt8], server: ServerID?, now: Int64, in database: SQLiteDatabase
    ) throws(SQLiteError) -> Int64 {
        if let url = job.callbackURL {
            try database.execute("INSERT INTO callbacks (job, url) VALUES (?, ?)", [.blob(id), .text(url)])
        }
        return try database.first(
            """
            INSERT INTO queue (id, program, key, server, request, accepted_at, has_callback)
            VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING position
            """,
            [
                .blob(id), .text(job.program), .blob(job.key.bytes), .optionalBlob(server?.bytes), .blob(job.request),
                .int(now), .int(job.callbackURL == nil ? 0 : 1),
            ], row: { $0.int(0) }) ?? 0
    }
}
