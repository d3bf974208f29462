import Foundation
import PageStorage
import Pages
import TestSupport
import Testing

@Suite("PostgreSQL: how many rows the queue's statements go over")
struct PostgresQueuePlanTests {
    let url: String
    let raw: RawPostgres
    let programs: [ProgramRecord]
    let server = sampleServer()

    private static let waiting = 20_000

    init() throws {
        url = try PrivatePostgres.shared().makeDatabase()
        raw = try RawPostgres(url)
        let (url, server) = (url, server)
        programs = try {
            let storage = try StorageLocation(url).open()
            try storage.migrate()
            _ = try storage.registerServer(server, leaseMs: 600_000)
            return try (0..<40).map { try storage.createProgram(sampleProgram("p\($0)")) }
        }()
        try raw.run("SELECT pg_stat_reset()")
    }

    @Test("a claim goes over the rows that it takes, of one program's jobs", arguments: [true, false])
    func oneProgram(isAnalyzed: Bool) throws {
        let read = try rowsRead(isAnalyzed: isAnalyzed) {
            try fill("SELECT '\(Self.text(programs[0].key))'::uuid")
        } by: { storage in
            let lane = try #require(try storage.claimLanes(by: server, lanes: 4, jobsPerLane: 8).first)
            for _ in 0..<9 { #expect(try storage.claimMore(of: lane.key, by: server, jobs: 8)?.hasMore == true) }
        }
        // Of each claim the server, the lane twice, eight jobs twice and the one behind them.
        #expect((80..<400).contains(read))
    }

    @Test("a claim goes over the rows that it takes, of many programs", arguments: [true, false])
    func manyPrograms(isAnalyzed: Bool) throws {
        let read = try rowsRead(isAnalyzed: isAnalyzed) {
            try fill("SELECT md5(number::text)::uuid")
        } by: { storage in
            for _ in 0..<10 {
                let lanes = try storage.claimLanes(by: server, lanes: 4, jobsPerLane: 8)
                #expect(lanes.count == 4)
            }
        }
        #expect((40..<400).contains(read))
    }

    @Test("a claim does not go over what was claimed before it, also without a vacuum")
    func claimedBefore() throws {
        try raw.run("ALTER TABLE lanes SET (autovacuum_enabled = false)")
        try fill("SELECT md5(number::text)::uuid")
        let claims = Self.waiting / 8
        do {
            let storage = try StorageLocation(url).open()
            // Nothing that was claimed can be forgotten while someone may still see it.
            let old = try RawPostgres(url)
            try old.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM lanes")
            for _ in 0..<claims {
                #expect(try storage.claimLanes(by: server, lanes: 8, jobsPerLane: 1).count == 8)
            }
        }
        let blocks = """
            SELECT idx_blks_read + idx_blks_hit FROM pg_statio_user_indexes WHERE indexrelname = 'waiting_lanes'
            """
        var read = 0
        for _ in 0..<1000 where read < claims {
            read = try #require(Int(try raw.run(blocks)))
            usleep(2000)
        }
        // Two looks whether there is anything and two for what there is, each from the root to a leaf: six. Of a claim over
        // all that was claimed before more than a hundred, as there are of one a second.
        #expect((claims..<claims * 48).contains(read))
    }

    @Test("a post and a commit go over the rows of their jobs", arguments: [true, false])
    func jobs(isAnalyzed: Bool) throws {
        let read = try rowsRead(isAnalyzed: isAnalyzed) {
            try fill("SELECT md5(number::text)::uuid")
        } by: { storage in
            for program in programs[..<10] {
                let first = samplePost(program)
                let posted = try #require(try storage.post(first, by: server).claimedPosted)
                let jobs = [first, samplePost(program, .hold(posted: posted))]
                #expect(try storage.post(jobs[1], by: server).claimedPosted == posted)
                for (version, job) in jobs.enumerated() {
                    var commit = sampleCommit(
                        program.key, version: Int64(version), pages: [(1, zeroPage)], job: sampleJob(id: job.id))
                    commit.claim = server
                    #expect(try storage.commit(commit) == .committed(version: Int64(version + 1)))
                }
            }
            let batch = programs[10...].flatMap { program in
                (0..<3).map { _ in
                    samplePost(program, key: .init(key: UUID().uuidString, fingerprint: [1], keptMs: 60_000))
                }
            }
            #expect(try storage.postJobs(batch, by: server, wakesOthers: true).count { $0.claimedPosted != nil } == 90)
        }
        #expect((100..<1000).contains(read))
    }

    @Test("what is looked at from time to time goes over what it finds", arguments: [true, false])
    func lookups(isAnalyzed: Bool) throws {
        let read = try rowsRead(isAnalyzed: isAnalyzed) {
            try fill("SELECT '\(Self.text(programs[0].key))'::uuid")
            try raw.run(
                """
                INSERT INTO jobs (id, program, state, outcome, created_at, finished_at, document, ended_at)
                SELECT id, 'p0', 'finished', 'success', now(), now(), '', now() + position * interval '1 ms' FROM queue;
                INSERT INTO idempotency_keys
                SELECT id::text, '', id, now() + interval '1 h' FROM queue;
                """)
        } by: { storage in
            let end = EndMark(endedAt: Int64(Date.now.timeIntervalSince1970 * 1000) + 10_000_000, job: "")
            #expect(try storage.endedJobs(of: nil, after: end, limit: 9).isEmpty)
            #expect(try storage.endedJobs(of: nil, after: EndMark(endedAt: 0, job: ""), limit: 9).count == 9)
            #expect(try storage.removeEndedJobs(olderThanMs: 600_000, limit: 9) == 0)
            #expect(try storage.queuedJobs(of: programs[0].key, upTo: 9) == 9)
            #expect(try storage.queuedJobs(JobFilter(), before: nil, limit: 9).count == 9)
            #expect(try storage.jobs(JobFilter(state: "failed"), before: nil, limit: 9).isEmpty)
            #expect(try storage.jobs(JobFilter(outcome: "trap"), before: nil, limit: 9).isEmpty)
            #expect(try storage.jobs(JobFilter(since: .max / 1_000_000), before: nil, limit: 9).isEmpty)
            #expect(try storage.jobs(JobFilter(state: "finished"), before: nil, limit: 9).count == 9)
            #expect(try storage.claimCallbacks(limit: 9, leaseMs: 1).isEmpty)
            _ = try storage.queuedJob(id: jobID())
        }
        #expect((36..<100).contains(read))
    }

    /// Makes many jobs wait.
    /// - Parameter key: a query for the key of the program of the job `number`.
    private func fill(_ key: String) throws {
        try raw.run(
            """
            INSERT INTO queue (id, position, program, key, last_call, request, accepted_at, has_callback)
            SELECT ('018bcfe5-6800-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid, nextval('queue_positions'), 'p0', (\(key)), 1, '', now(), false
            FROM generate_series(1, \(Self.waiting)) AS number;
            INSERT INTO lanes SELECT key, NULL, max(position), true, min(position) FROM queue GROUP BY key;
            """)
    }

    /// How many rows `body` goes over in a connection whose statements were planned for small tables.
    private func rowsRead(
        isAnalyzed: Bool, after fill: () throws -> Void, by body: (any ServiceStorage) throws -> Void
    ) throws -> Int {
        for table in ["queue", "lanes", "jobs", "pages", "program_states"] {
            try raw.run("ALTER TABLE \(table) SET (autovacuum_enabled = false)")
        }
        if !isAnalyzed { try raw.run("ANALYZE") }
        try fill()
        if isAnalyzed { try raw.run("ANALYZE") }
        // Its counts are there before those of the other connection.
        try raw.run("SELECT pg_stat_force_next_flush(); SELECT 1")
        let before = try rowsRead()
        // In a connection that ends, and says then what it did.
        do { try body(try StorageLocation(url).open()) }
        var read = 0
        for _ in 0..<1000 where read == 0 {
            read = try rowsRead() - before
            if read == 0 { usleep(2000) }
        }
        return read
    }

    private func rowsRead() throws -> Int {
        try #require(
            Int(
                try raw.run(
                    """
                    SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read) FROM pg_stat_user_tables
                    WHERE relname <> 'schema_migrations'
                    """)))
    }

    private static func text(_ key: ProgramKey) -> String { key.bytes.map { String(format: "%02x", $0) }.joined() }
}
