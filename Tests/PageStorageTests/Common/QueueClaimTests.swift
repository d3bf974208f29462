import PageStorage
import Testing

@Suite("Queue: ends of claimed jobs")
struct QueueClaimTests {
    @Test("a commit takes its job out of the queue", arguments: StorageKind.allCases, [1, 1500])
    func commit(kind: StorageKind, pages: Int) throws {
        let queue = try TestQueue(kind)
        let (storage, program) = (try queue.open(), queue.programs[0])
        let job = samplePost(program)
        _ = try storage.post(job, by: queue.servers[0])
        var commit = sampleCommit(
            program.key, version: 0, pages: (0..<pages).map { (.init(UInt32($0)), zeroPage) },
            job: sampleJob(id: job.id))
        commit.claim = queue.servers[0]
        commit.version = 7
        #expect(try storage.commit(commit) == .conflict)
        #expect(try storage.queuedJob(id: job.id) != nil)
        commit.version = 0
        #expect(try storage.commit(commit) == .committed(version: 1))
        #expect(try storage.queuedJob(id: job.id) == nil)
        #expect(try storage.commit(commit) == .jobAlreadyRecorded)
    }

    @Test("who has not claimed a job stores nothing of it", arguments: StorageKind.allCases, [1, 1500])
    func claimLost(kind: StorageKind, pages: Int) throws {
        let queue = try TestQueue(kind, servers: 2)
        let (storage, program) = (try queue.open(), queue.programs[0])
        let job = samplePost(program)
        _ = try storage.post(job, by: queue.servers[0])
        var commit = sampleCommit(
            program.key, version: 0, pages: (0..<pages).map { (.init(UInt32($0)), zeroPage) },
            job: sampleJob(id: job.id))
        commit.claim = queue.servers[1]
        #expect(try storage.commit(commit) == .claimLost)
        #expect(try storage.recordJob(sampleJob(id: job.id), claim: queue.servers[1]) == .claimLost)
        let unknown = sampleJob()
        #expect(try storage.recordJob(unknown, claim: queue.servers[0]) == .claimLost)
        #expect(try storage.job(id: job.id) == nil)
        #expect(try storage.program(id: "p0") == program)
        #expect(try storage.queuedJob(id: job.id) != nil)
        #expect(try storage.recordJob(sampleJob(id: job.id), claim: queue.servers[0]) == .recorded)
        #expect(try storage.recordJob(sampleJob(id: job.id), claim: queue.servers[0]) == .alreadyRecorded)
        #expect(try storage.queuedJob(id: job.id) == nil)
    }

    @Test("a cancelled job has ended, whoever holds it", arguments: StorageKind.allCases)
    func cancel(kind: StorageKind) throws {
        let queue = try TestQueue(kind)
        let (storage, program) = (try queue.open(), queue.programs[0])
        let job = samplePost(program)
        _ = try storage.post(job, by: queue.servers[0])
        let cancelled = sampleJob(id: job.id, state: "cancelled", outcome: nil)
        #expect(try storage.cancelJob(cancelled))
        #expect(try !storage.cancelJob(cancelled))
        #expect(try storage.job(id: job.id) == cancelled)
        var commit = sampleCommit(program.key, version: 0, pages: [(1, zeroPage)], job: sampleJob(id: job.id))
        commit.claim = queue.servers[0]
        #expect(try storage.commit(commit) == .jobAlreadyRecorded)
        #expect(try storage.program(id: "p0") == program)
        #expect(try storage.renew(queue.servers[0], running: [job.id]).lost == [job.id])
        #expect(try !storage.cancelJob(sampleJob()))
    }

    @Test("what a server held is free when its lease has run out", arguments: StorageKind.allCases)
    func expiry(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 2, servers: 2)
        let (storage, program) = (try queue.open(), queue.programs[0])
        let (frozen, other) = (queue.servers[0], queue.servers[1])
        let jobs = (0..<3).map { _ in samplePost(program) }
        _ = try storage.postJobs(jobs, by: frozen, wakesOthers: false)
        #expect(try storage.renew(frozen, running: [jobs[0].id]).lost.isEmpty)
        #expect(try storage.queuedJob(id: jobs[0].id)?.startedAt == 1_700_000_000_000)
        #expect(try storage.renew(other).others.count == 1)
        #expect(try storage.claimLanes(by: other, lanes: 9, jobsPerLane: 9).isEmpty)

        let renewal = try queue.expire(frozen, noticedBy: other)
        #expect(renewal.isAlive && renewal.others.count == 0 && renewal.queued == 3)
        let lane = try #require(try storage.claimLanes(by: other, lanes: 9, jobsPerLane: 9).first)
        #expect(lane.jobs.map(\.id) == jobs.map(\.id))
        #expect(lane.jobs.map(\.isSuspect) == [true, false, false])
        #expect(lane.jobs.allSatisfy { $0.startedAt == nil })

        // The frozen one wakes up.
        var commit = sampleCommit(program.key, version: 0, pages: [(1, zeroPage)], job: sampleJob(id: jobs[0].id))
        commit.claim = frozen
        #expect(try storage.commit(commit) == .claimLost)
        #expect(try storage.recordJob(commit.job, claim: frozen) == .claimLost)
        #expect(try storage.countAttempt(of: jobs[0].id, by: frozen) == nil)
        #expect(try storage.releaseLanes([(program.key, lane.posted)], by: frozen).isEmpty)
        try storage.giveBackLanes([program.key], by: frozen)
        let woken = try storage.renew(frozen, running: [jobs[0].id])
        #expect(!woken.isAlive && woken.lost == [jobs[0].id])
        #expect(try storage.countAttempt(of: jobs[0].id, by: other) == 1)
        #expect(try storage.countAttempt(of: jobs[0].id, by: other) == 2)
        #expect(try storage.queuedJob(id: jobs[0].id)?.isSuspect == false)
        commit.claim = other
        #expect(try storage.commit(commit) == .committed(version: 1))
    }

    @Test(
        "what a server gives back or leaves behind is free and suspects nobody", arguments: StorageKind.allCases,
        [true, false])
    func giveBack(kind: StorageKind, isLeaving: Bool) throws {
        let queue = try TestQueue(kind, programs: 2, servers: 2)
        let storage = try queue.open()
        let jobs = queue.programs.map { samplePost($0) }
        _ = try storage.postJobs(jobs, by: queue.servers[0], wakesOthers: false)
        if isLeaving {
            try storage.unregisterServer(queue.servers[0])
        } else {
            try storage.giveBackLanes([queue.programs[0].key], by: queue.servers[0])
        }
        let lanes = try storage.claimLanes(by: queue.servers[1], lanes: 9, jobsPerLane: 9)
        let freed = (isLeaving ? jobs : [jobs[0]]).map(\.id).sorted()
        #expect(lanes.flatMap(\.jobs).map(\.id).sorted() == freed)
        #expect(!lanes.flatMap(\.jobs).map(\.isSuspect).contains(true))
    }
}
