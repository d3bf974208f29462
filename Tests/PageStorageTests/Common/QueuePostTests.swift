import PageStorage
import Testing

@Suite("Queue: posting")
struct QueuePostTests {
    @Test("a job whose program nobody holds is claimed by its server with the lane", arguments: StorageKind.allCases)
    func take(kind: StorageKind) throws {
        let queue = try TestQueue(kind, servers: 2)
        let (storage, program) = (try queue.open(), queue.programs[0])
        let job = samplePost(program)
        let outcome = try storage.post(job, by: queue.servers[0])
        let posted = try #require(outcome.claimedPosted)
        let queued = try #require(try storage.queuedJob(id: job.id))
        #expect(queued.request == job.request && queued.program == "p0" && queued.key == program.key)
        #expect(queued.position == outcome.position && queued.startedAt == nil)
        #expect(queued.attempts == 0 && !queued.isSuspect)

        // The holder's jobs go on by the number of the lane.
        let next = try storage.post(samplePost(program, .hold(posted: posted)), by: queue.servers[0])
        #expect(next.claimedPosted == posted)
        // Another's job waits, and whoever holds the lane gets to know.
        #expect(try storage.post(samplePost(program), by: queue.servers[1]).isWaiting)
        let late = try storage.post(samplePost(program, .hold(posted: posted)), by: queue.servers[0])
        #expect(late.isWaiting)
        #expect(try storage.claimLanes(by: queue.servers[1], lanes: 9, jobsPerLane: 9).isEmpty)
        let lane = try #require(try storage.claimLanes(by: queue.servers[0], lanes: 9, jobsPerLane: 9).first)
        #expect(lane.jobs.count == 2 && !lane.hasMore && lane.posted != posted)
        #expect(lane.jobs.map(\.position) == lane.jobs.map(\.position).sorted())
        let held = try storage.post(samplePost(program, .hold(posted: lane.posted)), by: queue.servers[0])
        #expect(held.claimedPosted == lane.posted)
    }

    @Test("a job that its server leaves is claimed by whoever comes", arguments: StorageKind.allCases)
    func leave(kind: StorageKind) throws {
        let queue = try TestQueue(kind, servers: 2)
        let storage = try queue.open()
        let jobs = (0..<5).map { _ in samplePost(queue.programs[0], .leave) }
        let outcomes = try storage.postJobs(jobs, by: queue.servers[0], wakesOthers: true)
        #expect(!outcomes.map(\.isWaiting).contains(false))
        let lane = try #require(try storage.claimLanes(by: queue.servers[1], lanes: 9, jobsPerLane: 2).first)
        #expect(lane.jobs.map(\.id) == jobs[..<2].map(\.id) && lane.hasMore)
        #expect(try storage.claimMore(of: lane.key, by: queue.servers[0], jobs: 9) == nil)
        let more = try #require(try storage.claimMore(of: lane.key, by: queue.servers[1], jobs: 3))
        #expect(more.jobs.map(\.id) == jobs[2...].map(\.id) && !more.hasMore)
        #expect(try storage.releaseLanes([(lane.key, lane.posted)], by: queue.servers[0]).isEmpty)
        #expect(try storage.releaseLanes([(lane.key, lane.posted)], by: queue.servers[1]).isEmpty)
        #expect(try storage.claimMore(of: lane.key, by: queue.servers[1], jobs: 9) == nil)
    }

    @Test("jobs of one program in one post follow their first one", arguments: StorageKind.allCases)
    func batch(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 3)
        let (storage, server) = (try queue.open(), queue.servers[0])
        let intents: [(Int, PostedJob.Intent)] = [
            (0, .take), (1, .leave), (0, .leave), (1, .take), (2, .hold(posted: 77)), (2, .leave),
        ]
        let jobs = intents.map { samplePost(queue.programs[$0.0], $0.1) }
        let outcomes = try storage.postJobs(jobs, by: server, wakesOthers: false)
        #expect(outcomes.map(\.isWaiting) == [false, true, false, true, false, false])
        let positions = outcomes.compactMap(\.position)
        #expect(positions.count == 6 && positions == positions.sorted() && Set(positions).count == 6)
        #expect(outcomes[0].claimedPosted == outcomes[2].claimedPosted)
    }

    @Test("a job of a program that is gone is not accepted, the others are", arguments: StorageKind.allCases)
    func gone(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 2)
        let storage = try queue.open()
        _ = try storage.deleteProgram(id: "p0")
        _ = try storage.createProgram(sampleProgram("p0"))
        let jobs = [samplePost(queue.programs[0]), samplePost(queue.programs[1])]
        let outcomes = try storage.postJobs(jobs, by: queue.servers[0], wakesOthers: false)
        #expect(outcomes[0] == .programGone && outcomes[1].claimedPosted != nil)
        #expect(try storage.queuedJob(id: jobs[0].id) == nil)
        #expect(try storage.postJobs([], by: queue.servers[0], wakesOthers: true).isEmpty)
    }

    @Test("a server without a running lease claims nothing", arguments: StorageKind.allCases)
    func unregistered(kind: StorageKind) throws {
        let queue = try TestQueue(kind, servers: 2)
        let (storage, program) = (try queue.open(), queue.programs[0])
        let posted = try #require(try storage.post(samplePost(program), by: queue.servers[0]).claimedPosted)
        try queue.expire(queue.servers[0])
        #expect(try storage.post(samplePost(program, .hold(posted: posted)), by: queue.servers[0]).isWaiting)
        #expect(try storage.claimLanes(by: queue.servers[0], lanes: 9, jobsPerLane: 9).isEmpty)
        #expect(try storage.claimMore(of: program.key, by: queue.servers[0], jobs: 9) == nil)
        #expect(try storage.post(samplePost(program), by: sampleServer()).isWaiting)
    }
}
