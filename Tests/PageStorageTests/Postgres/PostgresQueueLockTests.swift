import Foundation
import PageStorage
import TestSupport
import Testing

@Suite("PostgreSQL: who waits for whom in the queue")
struct PostgresQueueLockTests {
    let url: String
    let raw: RawPostgres
    let storage: any ServiceStorage
    let programs: [ProgramRecord]
    let server = sampleServer()
    let other = sampleServer()

    init() throws {
        url = try PrivatePostgres.shared().makeDatabase()
        raw = try RawPostgres(url)
        let storage = try StorageLocation(url).open()
        try storage.migrate()
        programs = try (0..<2).map { try storage.createProgram(sampleProgram("p\($0)")) }
        for server in [server, other] { _ = try storage.registerServer(server, leaseMs: 600_000) }
        self.storage = storage
    }

    @Test("what a server posts while it is declared dead is freed too", arguments: [1, 2], [true, false])
    func death(jobs count: Int, isHeld: Bool) throws {
        let (url, server) = (url, server)
        let lanes = try programs.map { program in
            isHeld ? try storage.post(samplePost(program), by: server).claimedPosted : nil
        }
        let jobs = zip(programs, lanes).map { samplePost($0, $1.map { .hold(posted: $0) } ?? .take) }
        let posted = Array(jobs[..<count])
        try raw.run(occupy(posted[count - 1].id))
        let post = BackgroundCall {
            try StorageLocation(url).open().postJobs(posted, by: server, wakesOthers: false)
        }
        let session = try raw.blockedSession()
        // The post has found the server alive and the lane held; now it is not to be any more.
        let end = BackgroundCall { try StorageLocation(url).open().unregisterServer(server) }
        _ = try raw.blockedSession(otherThan: session)
        try raw.run("ROLLBACK")
        #expect(try post.value()?.count == count)
        _ = try end.value()
        let left =
            "(SELECT count(*) FROM queue WHERE server IS NOT NULL) + (SELECT count(*) FROM lanes WHERE NOT waiting)"
        #expect(try raw.run("SELECT \(left)") == "0")
        let found = try storage.claimLanes(by: other, lanes: 9, jobsPerLane: 9).flatMap(\.jobs)
        #expect(found.count == count + (isHeld ? 2 : 0))
    }

    @Test("what a server posts while it gives the lane back is given back too", arguments: [1, 2])
    func giveBack(jobs count: Int) throws {
        let posted = try #require(try storage.post(samplePost(programs[0]), by: server).claimedPosted)
        let jobs = (0..<count).map { _ in samplePost(programs[0], .hold(posted: posted)) }
        let (url, server, key) = (url, server, programs[0].key)
        try raw.run(occupy(jobs[count - 1].id))
        let post = BackgroundCall { try StorageLocation(url).open().postJobs(jobs, by: server, wakesOthers: false) }
        let session = try raw.blockedSession()
        let end = BackgroundCall { try StorageLocation(url).open().giveBackLanes([key], by: server) }
        _ = try raw.blockedSession(otherThan: session)
        try raw.run("ROLLBACK")
        #expect(try post.value()?.count == count)
        _ = try end.value()
        let found = try storage.claimLanes(by: other, lanes: 9, jobsPerLane: 9).flatMap(\.jobs)
        #expect(found.count == count + 1)
    }

    @Test("what is posted while a claim is under way goes with the lane", arguments: [true, false])
    func claim(isOwn: Bool) throws {
        if isOwn { _ = try storage.post(samplePost(programs[0]), by: server) }
        var jobs = [samplePost(programs[0], .leave)]
        _ = try storage.post(jobs[0], by: other)
        let id = server.bytes.map { String(format: "%02x", $0) }.joined()
        try raw.run("BEGIN; SELECT id FROM servers WHERE id = '\(id)' FOR UPDATE")
        let (url, server, key) = (url, server, programs[0].key)
        let claim = BackgroundCall { () throws -> [ClaimedLane] in
            let storage = try StorageLocation(url).open()
            return isOwn
                ? try storage.claimMore(of: [key], orWaiting: 1, by: server, jobsPerLane: 9)
                : try storage.claimLanes(by: server, lanes: 1, jobsPerLane: 9)
        }
        _ = try raw.blockedSession()
        // The claim has begun, and does not see it.
        jobs.append(samplePost(programs[0], .leave))
        _ = try storage.post(jobs[1], by: other)
        try raw.run("ROLLBACK")
        #expect(try claim.value()?.flatMap(\.jobs).map(\.id) == jobs.map(\.id))
        #expect(try storage.claimLanes(by: other, lanes: 1, jobsPerLane: 9).isEmpty)
    }

    @Test("others post to a lane beside a post that holds it")
    func beside() throws {
        let posted = try #require(try storage.post(samplePost(programs[0]), by: server).claimedPosted)
        let job = samplePost(programs[0], .hold(posted: posted))
        let (url, server) = (url, server)
        try raw.run(occupy(job.id))
        let post = BackgroundCall { try StorageLocation(url).open().postJobs([job], by: server, wakesOthers: false) }
        _ = try raw.blockedSession()
        #expect(try storage.post(samplePost(programs[0]), by: other).isWaiting)
        try raw.run("ROLLBACK")
        #expect(try post.value()?.first?.claimedPosted == posted)
        #expect(try storage.post(samplePost(programs[0], .hold(posted: posted)), by: server).isWaiting)
    }

    @Test("a renewal that marks what runs does not wait for a job that ends, nor holds up its end")
    func renewal() throws {
        let jobs = programs.map { samplePost($0) }
        for job in jobs { _ = try storage.post(job, by: server) }
        // If the renewal waits for it, that ends after a while.
        try raw.run("SET idle_in_transaction_session_timeout = '10s'")
        try raw.run("BEGIN; SELECT id FROM queue WHERE id = '\(jobs[0].id)' FOR UPDATE")
        let renewal = try storage.renewLease(
            server, leaseMs: 600_000, running: jobs.map { ($0.id, 1_000) }, isIdle: false)
        #expect(renewal.isAlive && renewal.lost.isEmpty)
        #expect(try raw.run("SELECT id FROM queue WHERE started_at IS NOT NULL") == jobs[1].id)
        try raw.run("ROLLBACK")
    }

    @Test("a commit waits for who has the job's row, and stores nothing if the job is gone then", arguments: [1, 1500])
    func commit(pages: Int) throws {
        let job = samplePost(programs[0])
        _ = try storage.post(job, by: server)
        var commit = sampleCommit(
            programs[0].key, version: 0, pages: (0..<pages).map { (.init(UInt32($0)), zeroPage) },
            job: sampleJob(id: job.id))
        commit.claim = server
        let (url, asked) = (url, commit)
        for end in ["ROLLBACK", "COMMIT"] {
            try raw.run("BEGIN; UPDATE queue SET server = NULL WHERE id = '\(job.id)'")
            let result = BackgroundCall { try StorageLocation(url).open().commit(asked) }
            _ = try raw.blockedSession()
            try raw.run(end)
            #expect(try result.value() == (end == "COMMIT" ? .claimLost : .committed(version: 1)))
            #expect(try storage.program(id: "p0")?.version == (end == "COMMIT" ? 0 : 1))
            if end == "ROLLBACK" { try undo(job) }
        }
    }

    /// Makes a job as it was before its commit.
    private func undo(_ job: PostedJob) throws {
        try raw.run(
            """
            DELETE FROM jobs; DELETE FROM pages; UPDATE program_states SET version = 0
            """)
        #expect(try storage.post(job, by: server).isWaiting)
        _ = try storage.claimLanes(by: server, lanes: 9, jobsPerLane: 9)
    }

    /// Begins a transaction that a post of the job waits for at the very end of its statement.
    private func occupy(_ job: String) -> String {
        """
        BEGIN; INSERT INTO queue (id, position, program, key, last_call, request, accepted_at, has_callback)
        VALUES ('\(job)', 0, '', '\(job)', 0, '', now(), false)
        """
    }
}
