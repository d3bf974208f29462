import Foundation

extension PostgresStorage {
    /// Safe to repeat after a lost connection: a job's id is taken once, in the queue or among the jobs that have ended. So
    /// what the first try did is found, or cannot happen any more.
    func postJobs(
        _ jobs: [PostedJob], by server: ServerID, wakesOthers: Bool
    ) throws(StorageError) -> [PostedOutcome] {
        var rows: [PostgresPostedRow] = []
        for job in jobs { rows.append(PostgresPostedRow(job, id: try jobIDBytes(job.id))) }
        let call = Self.newCall()
        return try perform { connection, isRepeated throws(PostgresError) in
            var outcomes: [PostedOutcome?] =
                isRepeated
                ? try Self.posted(rows, in: call, by: server, on: connection) : Array(repeating: nil, count: rows.count)
            do throws(PostgresError) {
                try Self.fill(&outcomes, of: Self.plain(rows)) { places throws(PostgresError) in
                    try Self.postHeld(places.map { rows[$0] }, call: call, by: server, on: connection)
                }
                try Self.fill(&outcomes, of: Array(rows.indices)) { places throws(PostgresError) in
                    try Self.post(
                        places.map { rows[$0] }, call: call, by: server, wakesOthers: wakesOthers,
                        isRepeated: isRepeated, on: connection)
                }
            } catch {
                // The first try has come to the server meanwhile.
                guard isRepeated, error.isUniqueViolation else { throw error }
                outcomes = try Self.posted(rows, in: call, by: server, on: connection)
                guard !outcomes.contains(nil) else { throw error }
            }
            return outcomes.compactMap(\.self)
        }
    }

    /// Asks for outcomes that are not known yet.
    private static func fill(
        _ outcomes: inout [PostedOutcome?], of places: [Int],
        _ post: ([Int]) throws(PostgresError) -> [PostedOutcome?]
    ) throws(PostgresError) {
        let open = places.filter { outcomes[$0] == nil }
        guard !open.isEmpty else { return }
        for (place, outcome) in zip(open, try post(open)) { outcomes[place] = outcome }
    }

    /// Places of jobs that `postHeld` may take, with all others of their programs, whose order is kept.
    private static func plain(_ rows: [PostgresPostedRow]) -> [Int] {
        let others = Set(rows.lazy.filter { !$0.isPlain }.map(\.job.key))
        return rows.indices.filter { !others.contains(rows[$0].job.key) }
    }

    private static func post(
        _ rows: [PostgresPostedRow], call: Int64, by server: ServerID, wakesOthers: Bool, isRepeated: Bool,
        on connection: PostgresConnection
    ) throws(PostgresError) -> [PostedOutcome] {
        var outcomes = [PostedOutcome?](repeating: nil, count: rows.count)
        while true {
            let open = rows.indices.filter { outcomes[$0] == nil }
            guard !open.isEmpty else { return outcomes.compactMap(\.self) }
            let answer = try accept(
                open.map { rows[$0] }, call: call, by: server, wakesOthers: wakesOthers, on: connection)
            let kept = try keptKeys(
                of: open.map { rows[$0] }.filter { answer[$0.id]?.isAccepted != true }, on: connection)
            for place in open {
                let row = rows[place]
                switch answer[row.id] {
                case .accepted(let outcome): outcomes[place] = outcome
                case .refused:
                    // A request that was known before stays known when its program is gone.
                    let first = row.job.idempotency.flatMap { kept[$0.key] }
                    if let key = row.job.idempotency, let first, !rows.contains(where: { $0.id == first.job }) {
                        outcomes[place] = first.outcome(for: key)
                    } else {
                        outcomes[place] = .programGone
                    }
                case nil:
                    // Its key is known. If it is forgotten by now, the job is posted again.
                    guard let idempotency = row.job.idempotency, let first = kept[idempotency.key] else { continue }
                    let isOwn = isRepeated && first.job == row.id
                    let earlier = isOwn ? try posted([row], in: call, by: server, on: connection)[0] : nil
                    outcomes[place] = earlier ?? first.outcome(for: idempotency)
                }
            }
        }
    }

    private enum Answer {
        case accepted(PostedOutcome)
        case refused

        var isAccepted: Bool { if case .accepted = self { true } else { false } }
    }

    /// Accepts jobs in one statement, which is one transaction and one round trip.
    ///
    /// Everything is locked in an order that all posts keep to: keys, the server, held lanes, other lanes. Nobody who holds a
    /// lane waits for a key or a server.
    /// - Returns: what became of jobs, by their ids; nothing for those whose idempotency key is known.
    private static func accept(
        _ rows: [PostgresPostedRow], call: Int64, by server: ServerID, wakesOthers: Bool,
        on connection: PostgresConnection
    ) throws(PostgresError) -> [[UInt8]: Answer] {
        let found = try connection.execute(
            Self.acceptStatement,
            [.bytes(server.bytes), .int(call), .bool(wakesOthers)] + PostgresPostedRow.values(rows))
        var answer: [[UInt8]: Answer] = [:]
        var lanes: [ProgramKey: Int64] = [:]
        var isKnown: Set<[UInt8]> = []
        for row in 0..<found.rowCount where found.int(row, 0) == 0 {
            lanes[ProgramKey(bytes: found.bytes(row, 1))] = found.int(row, 2)
        }
        for row in 0..<found.rowCount {
            switch found.int(row, 0) {
            case 1: isKnown.insert(found.bytes(row, 1))
            case 2:
                let acceptance = PostedOutcome.Acceptance(position: found.int(row, 2), acceptedAt: found.time(row, 3))
                let posted = found.int(row, 4) == 0 ? nil : lanes[ProgramKey(bytes: found.bytes(row, 5))]
                answer[found.bytes(row, 1)] = .accepted(
                    posted.map { .claimed(acceptance, posted: $0) } ?? .waiting(acceptance))
            default: break
            }
        }
        for row in rows where !isKnown.contains(row.id) { answer[row.id] = .refused }
        return answer
    }

    // MARK: Idempotency keys

    private struct KeptKey {
        var job: [UInt8]
        var fingerprint: [UInt8]

        func outcome(for key: IdempotencyKey) -> PostedOutcome {
            key.fingerprint == fingerprint
                ? .repeated(job: job.withUnsafeBytes { UUID(bytes: $0)?.text ?? "" }) : .keyReused
        }
    }

    private static func keptKeys(
        of rows: [PostgresPostedRow], on connection: PostgresConnection
    ) throws(PostgresError) -> [String: KeptKey] {
        let keys = rows.compactMap(\.job.idempotency?.key)
        guard !keys.isEmpty else { return [:] }
        let found = try connection.execute(
            """
            SELECT key, job, fingerprint FROM idempotency_keys WHERE key = ANY ($1::text[]) AND expires_at > now()
            """, [.texts(keys)])
        var kept: [String: KeptKey] = [:]
        for row in 0..<found.rowCount {
            kept[found.text(row, 0)] = KeptKey(job: found.bytes(row, 1), fingerprint: found.bytes(row, 2))
        }
        return kept
    }

    // MARK: Repetition

    /// What the first try of a post has come to; nil for jobs about which it did nothing, or has not (yet).
    private static func posted(
        _ rows: [PostgresPostedRow], in call: Int64, by server: ServerID, on connection: PostgresConnection
    ) throws(PostgresError) -> [PostedOutcome?] {
        let found = try connection.execute(
            """
            SELECT id, position, accepted_at, queue.server = $2 AND last_call = $3,
                CASE WHEN NOT waiting AND lanes.server = $2 THEN posted ELSE 0 END
            FROM queue LEFT JOIN lanes ON lanes.program = key
            WHERE id = ANY ($1::uuid[])
            UNION ALL
            SELECT id, 0, created_at, false, 0 FROM jobs WHERE id = ANY ($1::uuid[])
            """, [.uuids(rows.map(\.id)), .bytes(server.bytes), .int(call)])
        var outcomes: [[UInt8]: PostedOutcome] = [:]
        for row in 0..<found.rowCount {
            let acceptance = PostedOutcome.Acceptance(position: found.int(row, 1), acceptedAt: found.time(row, 2))
            // A lane that others have posted to since has a number that is not known here: none is ever 0.
            outcomes[found.bytes(row, 0)] =
                found.int(row, 3) != 0 ? .claimed(acceptance, posted: found.int(row, 4)) : .waiting(acceptance)
        }
        return rows.map { outcomes[$0.id] }
    }
}
