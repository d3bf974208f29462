import Foundation
import PageStorage
import Pages
import TestSupport
import Testing

@Suite("PostgreSQL: lost answers of the queue")
struct PostgresQueueAnswerTests {
    let proxy: PostgresProxy
    /// Past the proxy.
    let direct: any ServiceStorage
    let raw: RawPostgres
    let storage: any ServiceStorage
    let programs: [ProgramRecord]
    let server = sampleServer()
    let other = sampleServer()

    init() throws {
        let postgres = try PrivatePostgres.shared()
        let url = try postgres.makeDatabase()
        proxy = try PostgresProxy(before: postgres.folder)
        direct = try StorageLocation(url).open()
        raw = try RawPostgres(url)
        storage = try StorageLocation(url.replacingOccurrences(of: postgres.folder, with: proxy.folder)).open()
        try storage.migrate()
        programs = try (0..<2).map { [direct] in try direct.createProgram(sampleProgram("p\($0)")) }
        for server in [server, other] { _ = try direct.registerServer(server, leaseMs: 600_000) }
    }

    @Test(
        "a post whose answer is lost answers what its first try came to",
        arguments: [PostgresProxy.Fault.loseAnswer, .holdBack])
    func post(fault: PostgresProxy.Fault) throws {
        let first = IdempotencyKey(key: "first", fingerprint: [1], keptMs: 60_000)
        let earlier = samplePost(programs[0], key: first)
        let posted = try #require(try direct.post(earlier, by: server).claimedPosted)
        let jobs = [
            samplePost(programs[0], .hold(posted: posted)), samplePost(programs[1], .leave),
            samplePost(programs[0], key: first),
            samplePost(programs[1], key: IdempotencyKey(key: "second", fingerprint: [2], keptMs: 60_000)),
            samplePost(programs[1], key: IdempotencyKey(key: "second", fingerprint: [3], keptMs: 60_000)),
        ]
        proxy.arm(fault, at: "request of \(jobs[0].id)")
        let outcomes = try storage.postJobs(jobs, by: server, wakesOthers: false)
        #expect(proxy.hasStruck)
        proxy.releaseHeld()
        #expect(outcomes[0].claimedPosted == posted)
        #expect(outcomes[1].isWaiting && outcomes[3].isWaiting)
        #expect(outcomes[2] == .repeated(job: earlier.id) && outcomes[4] == .keyReused)
        #expect(try raw.run("SELECT count(*) FROM queue") == "4")
        #expect(outcomes[0].position == (try direct.queuedJob(id: jobs[0].id)?.position))
    }

    @Test(
        "a single post is accepted once, with and without the lane, also if its first try comes late",
        arguments: [PostgresProxy.Fault.loseAnswer, .holdBack], [true, false])
    func single(fault: PostgresProxy.Fault, isHeld: Bool) throws {
        let posted = try #require(try direct.post(samplePost(programs[0]), by: server).claimedPosted)
        let job = samplePost(programs[isHeld ? 0 : 1], isHeld ? .hold(posted: posted) : .take)
        proxy.arm(fault, at: "request of \(job.id)")
        let outcome = try storage.post(job, by: server)
        #expect(proxy.hasStruck && outcome.claimedPosted != nil)
        if fault == .holdBack {
            // The job ends before the server sees the first try.
            #expect(try direct.recordJob(sampleJob(id: job.id), claim: server) == .recorded)
            proxy.releaseHeld()
            #expect(try direct.queuedJob(id: job.id) == nil)
        }
        let next = samplePost(programs[isHeld ? 0 : 1], .hold(posted: try #require(outcome.claimedPosted)))
        #expect(try direct.post(next, by: server).claimedPosted != nil)
    }

    @Test(
        "a claim is done once, also if its first try comes late",
        arguments: [PostgresProxy.Fault.loseAnswer, .holdBack])
    func claim(fault: PostgresProxy.Fault) throws {
        let jobs = (0..<6).map { samplePost(programs[$0 % 2], .leave) }
        // One after another, so that the first program's lane waits longest.
        for job in jobs { _ = try direct.post(job, by: other) }
        proxy.arm(fault, at: server.bytes)
        let lanes = try storage.claimLanes(by: server, lanes: 1, jobsPerLane: 2)
        #expect(proxy.hasStruck)
        proxy.releaseHeld()
        #expect(lanes.map { $0.jobs.map(\.id) } == [[jobs[0].id, jobs[2].id]])
        #expect(lanes.map(\.hasMore) == [true])
        let lane = try #require(lanes.first)
        proxy.arm(fault, at: server.bytes)
        let more = try #require(try storage.claimMore(of: lane.key, by: server, jobs: 2))
        #expect(proxy.hasStruck)
        proxy.releaseHeld()
        #expect(more.jobs.map(\.id) == [jobs[4].id] && !more.hasMore && more.posted == lane.posted)
        #expect(try direct.claimLanes(by: other, lanes: 9, jobsPerLane: 9).map(\.key) == [programs[1].key])
        for job in lane.jobs + more.jobs { _ = try direct.recordJob(sampleJob(id: job.id), claim: server) }
        proxy.arm(.loseAnswer, at: lane.key.bytes)
        #expect(try storage.releaseLanes([(lane.key, lane.posted)], by: server).isEmpty)
        #expect(try raw.run("SELECT count(*) FROM lanes") == "1")
    }

    @Test("a claim that nobody waits for any more claims nothing when it comes at last", arguments: [true, false])
    func late(isOwn: Bool) throws {
        if isOwn { _ = try direct.post(samplePost(programs[0]), by: server) }
        let job = samplePost(programs[0], .leave)
        _ = try direct.post(job, by: other)
        proxy.arm(.holdBack, at: server.bytes)
        if isOwn {
            _ = try storage.claimMore(of: [programs[0].key], orWaiting: 1, by: server, jobsPerLane: 1)
        } else {
            _ = try storage.claimLanes(by: server, lanes: 1, jobsPerLane: 1)
        }
        #expect(proxy.hasStruck)
        try direct.releaseUnknown(knownJobs: [], knownLanes: [], by: server)
        proxy.releaseHeld()
        #expect(try raw.run("SELECT count(*) FROM queue WHERE server IS NOT NULL") == "0")
        let claimed = try direct.claimLanes(by: other, lanes: 9, jobsPerLane: 9)
        #expect(claimed.flatMap(\.jobs).last?.id == job.id)
    }

    @Test("what a server does not know that it holds, it frees")
    func unknown() throws {
        let posted = try #require(try direct.post(samplePost(programs[0]), by: server).claimedPosted)
        let jobs = [samplePost(programs[0], .hold(posted: posted)), samplePost(programs[0]), samplePost(programs[1])]
        let outcomes = try direct.postJobs(jobs, by: server, wakesOthers: false)
        #expect(!outcomes.map(\.isWaiting).contains(true))
        // It knows of the first job alone, and of its lane.
        let known = try #require(
            try direct.queuedJobs(JobFilter(program: "p0"), before: nil, limit: 9).min { $0.position < $1.position })
        try storage.releaseUnknown(knownJobs: [known.id], knownLanes: [programs[0].key], by: server)
        // A job that holds the lane by its old number does not come first.
        let late = samplePost(programs[0], .hold(posted: posted))
        #expect(try direct.post(late, by: server).isWaiting)
        #expect(try direct.claimLanes(by: other, lanes: 9, jobsPerLane: 9).map { $0.jobs.map(\.id) } == [[jobs[2].id]])
        let own = try direct.claimLanes(by: server, lanes: 9, jobsPerLane: 9)
        #expect(own.map { $0.jobs.map(\.id) } == [[jobs[0].id, jobs[1].id, late.id]])
    }

    @Test(
        "a commit with a claim is found to be done, and does not count twice",
        arguments: [PostgresProxy.Fault.loseAnswer, .holdBack], [0, 2, 1500])
    func commit(fault: PostgresProxy.Fault, pages: Int) throws {
        let job = samplePost(programs[0])
        _ = try direct.post(job, by: server)
        let written = (0..<pages).map { (page: PageNumber(UInt32($0)), bytes: zeroPage) }
        var commit = sampleCommit(
            programs[0].key, version: 0, memorySize: 18, pages: written, job: sampleJob(id: job.id))
        commit.claim = server
        proxy.arm(fault, at: job.id)
        #expect(try storage.commit(commit) == .committed(version: 1))
        #expect(proxy.hasStruck)
        proxy.releaseHeld()
        #expect(try direct.program(id: "p0")?.version == 1)
        #expect(try direct.program(id: "p0")?.storedPages == pages)
        #expect(try direct.queuedJob(id: job.id) == nil)
        #expect(try storage.commit(commit) == .jobAlreadyRecorded)
    }

    @Test(
        "commits that are stored together are found to be done, and do not count twice",
        arguments: [PostgresProxy.Fault.loseAnswer, .holdBack])
    func commitTogether(fault: PostgresProxy.Fault) throws {
        let jobs = programs.map { samplePost($0) }
        for job in jobs { _ = try direct.post(job, by: server) }
        let commits = zip(programs, jobs).map { program, job in
            var commit = sampleCommit(program.key, version: 0, pages: [(1, zeroPage)], job: sampleJob(id: job.id))
            commit.claim = server
            return commit
        }
        proxy.arm(fault, at: jobs[1].id)
        let results = try storage.commitTogether(commits).map { try $0.get() }
        #expect(proxy.hasStruck)
        proxy.releaseHeld()
        #expect(results == [.committed(version: 1), .committed(version: 1)])
        for (place, job) in jobs.enumerated() {
            #expect(try direct.program(id: "p\(place)")?.version == 1)
            #expect(try direct.queuedJob(id: job.id) == nil)
        }
        let again = try storage.commitTogether(commits).map { try $0.get() }
        #expect(again == [.jobAlreadyRecorded, .jobAlreadyRecorded])
    }

    @Test("a lost claim stays one when the answer is lost")
    func lostClaim() throws {
        let job = samplePost(programs[0])
        _ = try direct.post(job, by: server)
        var commit = sampleCommit(programs[0].key, version: 0, pages: [(1, zeroPage)], job: sampleJob(id: job.id))
        commit.claim = other
        proxy.arm(.loseAnswer, at: job.id)
        #expect(try storage.commit(commit) == .claimLost)
        #expect(proxy.hasStruck)
        #expect(try direct.program(id: "p0")?.version == 0)
    }

    @Test("what is counted, recorded or cancelled is so once when the answer is lost")
    func single() throws {
        let jobs = (0..<2).map { _ in samplePost(programs[0]) }
        _ = try direct.postJobs(jobs, by: server, wakesOthers: false)
        _ = try storage.countAttempt(of: jobs[1].id, by: server)
        proxy.arm(.loseAnswer, at: try #require(UUID(uuidString: jobs[0].id)).rawBytes)
        #expect(try storage.countAttempt(of: jobs[0].id, by: server) == 1)
        #expect(proxy.hasStruck)
        let cancelled = sampleJob(id: jobs[0].id, state: "cancelled")
        proxy.arm(.loseAnswer, at: jobs[0].id)
        #expect(try storage.cancelJob(cancelled))
        #expect(proxy.hasStruck)
        #expect(try !storage.cancelJob(cancelled))
        proxy.arm(.loseAnswer, at: jobs[1].id)
        #expect(try storage.recordJob(sampleJob(id: jobs[1].id), claim: server) == .recorded)
        #expect(proxy.hasStruck)
    }
}
