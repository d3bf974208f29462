import Foundation
import PageStorage
import Testing

@Suite("Queue: what is known of it")
struct QueueWaitingTests {
    @Test("who waits for jobs is told of those that are left for others", arguments: StorageKind.allCases)
    func wake(kind: StorageKind) throws {
        let queue = try TestQueue(kind, servers: 2)
        let (storage, waiting) = (try queue.open(), try Opponent(queue))
        let isTold = Box(false)
        waiting.begin { storage in
            _ = try storage.waitForPostedJobs(within: .zero)
            isTold.value = try storage.waitForPostedJobs(within: .seconds(60))
        }
        usleep(300_000)
        let began = ContinuousClock.now
        _ = try storage.postJobs([samplePost(queue.programs[0], .leave)], by: queue.servers[0], wakesOthers: true)
        try waiting.end()
        #expect(isTold.value)
        #expect(.now - began < .seconds(30))
        waiting.begin { storage in isTold.value = try storage.waitForPostedJobs(within: .milliseconds(20)) }
        try waiting.end()
        #expect(!isTold.value)
    }

    @Test("on PostgreSQL nobody is woken by jobs that their server runs, or unasked", arguments: [StorageKind.postgres])
    func quiet(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 2)
        let (storage, listener) = (try queue.open(), try queue.open())
        #expect(try !listener.waitForPostedJobs(within: .zero))
        _ = try storage.postJobs([samplePost(queue.programs[0])], by: queue.servers[0], wakesOthers: true)
        _ = try storage.postJobs([samplePost(queue.programs[1], .leave)], by: queue.servers[0], wakesOthers: false)
        #expect(try !listener.waitForPostedJobs(within: .milliseconds(50)))
        try storage.giveBackLanes([queue.programs[0].key], by: queue.servers[0])
        #expect(try listener.waitForPostedJobs(within: .seconds(60)))
    }

    @Test("jobs of the queue are listed newest first and counted", arguments: StorageKind.allCases)
    func listing(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 2)
        let (storage, server) = (try queue.open(), queue.servers[0])
        let jobs = (0..<5).map {
            samplePost(queue.programs[$0 % 2], .leave, id: jobID(at: 1_700_000_000_000 + Int64($0)))
        }
        _ = try storage.postJobs(jobs, by: server, wakesOthers: false)
        let listed = { (filter: JobFilter, before: String?, limit: Int) in
            try storage.queuedJobs(filter, before: before, limit: limit).compactMap { job in
                jobs.firstIndex { $0.id == job.id }
            }
        }
        #expect(try listed(JobFilter(), nil, 9) == [4, 3, 2, 1, 0])
        #expect(try listed(JobFilter(), jobs[3].id, 2) == [2, 1])
        #expect(try listed(JobFilter(program: "p1"), nil, 9) == [3, 1])
        var ofSome = JobFilter()
        ofSome.programs = [.prefix("p1"), .id("p7")]
        #expect(try listed(ofSome, nil, 9) == [3, 1])
        #expect(try listed(ofSome, jobs[3].id, 9) == [1])
        #expect(try listed(JobFilter(outcome: "success"), nil, 9).isEmpty)
        #expect(try listed(JobFilter(state: "finished"), nil, 9).isEmpty)
        #expect(try listed(JobFilter(since: .max / 1_000_000), nil, 9).isEmpty)
        #expect(try listed(JobFilter(since: 1), "no such form", 9).isEmpty)
        #expect(try storage.queuedJobs(of: queue.programs[0].key, upTo: 2) == 2)
        #expect(try storage.queuedJobs(of: queue.programs[0].key, upTo: 9) == 3)
        _ = try storage.claimLanes(by: server, lanes: 9, jobsPerLane: 9)
        _ = try storage.renew(server, running: [jobs[2].id])
        #expect(try listed(JobFilter(state: "running"), nil, 9) == [2])
        #expect(try listed(JobFilter(state: "queued"), nil, 9) == [4, 3, 1, 0])
    }

    @Test("a renewal tells since when the oldest job waits that no server has claimed", arguments: StorageKind.allCases)
    func oldestUnclaimed(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 2, servers: 2)
        let (storage, server) = (try queue.open(), queue.servers[0])
        #expect(try storage.renew(server).oldestUnclaimed == nil)
        let claimed = samplePost(queue.programs[0])
        _ = try storage.post(claimed, by: server)
        #expect(try storage.renew(server).oldestUnclaimed == nil)
        let left = (0..<2).map { _ in samplePost(queue.programs[1], .leave) }
        for job in left { _ = try storage.post(job, by: server) }
        let accepted = try left.map { try #require(try storage.queuedJob(id: $0.id)).acceptedAt }
        #expect(try storage.renew(queue.servers[1]).oldestUnclaimed == accepted.min())
        _ = try storage.claimLanes(by: server, lanes: 9, jobsPerLane: 9)
        #expect(try storage.renew(server).oldestUnclaimed == nil)
    }

    @Test("a renewal tells of other servers", arguments: StorageKind.allCases)
    func renewal(kind: StorageKind) throws {
        let queue = try TestQueue(kind, servers: 3)
        let storage = try queue.open()
        _ = try storage.renewLease(queue.servers[1], leaseMs: 600_000, running: [], isIdle: true)
        let renewal = try storage.renew(queue.servers[0])
        #expect(renewal.isAlive && renewal.others == OtherServers(count: 2, idle: 1))
        try storage.unregisterServer(queue.servers[1])
        #expect(try storage.renew(queue.servers[0]).others == OtherServers(count: 1))
        #expect(try !storage.renew(sampleServer()).isAlive)
        // A lease that has run out unnoticed goes on.
        try queue.expire(queue.servers[0])
        #expect(try storage.renew(queue.servers[0]).isAlive)
    }

    @Test("a server sees others come, be idle and go, and is seen", arguments: StorageKind.allCases)
    func others(kind: StorageKind) throws {
        let queue = try TestQueue(kind, servers: 2)
        let (storage, other) = (try queue.open(), try queue.open())
        let (first, second) = (queue.servers[0], queue.servers[1])
        #expect(try storage.otherServers(than: first, isIdle: true) == OtherServers(count: 1))
        #expect(try other.otherServers(than: second, isIdle: nil) == OtherServers(count: 1, idle: 1))
        #expect(try storage.otherServers(than: first, isIdle: nil) == OtherServers(count: 1))
        #expect(try other.otherServers(than: second, isIdle: true) == OtherServers(count: 1, idle: 1))
        #expect(try storage.otherServers(than: first, isIdle: false) == OtherServers(count: 1, idle: 1))
        #expect(try other.otherServers(than: second, isIdle: nil) == OtherServers(count: 1))
        try other.unregisterServer(second)
        #expect(try storage.otherServers(than: first, isIdle: nil) == OtherServers())
        // One that is not registered tells nothing.
        #expect(try storage.otherServers(than: sampleServer(), isIdle: true) == OtherServers(count: 1))
    }

    @Test("what runs is noted without a renewal, and what is lost is told", arguments: StorageKind.allCases)
    func running(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 3, servers: 2)
        let storage = try queue.open()
        let jobs = queue.programs.map { samplePost($0, .take) }
        for job in jobs { _ = try storage.post(job, by: queue.servers[0]) }
        #expect(try storage.cancelJob(sampleJob(id: jobs[2].id, state: "cancelled", outcome: nil)))
        let ids = jobs.map(\.id)
        let running = [(job: ids[0], startedAt: Int64(1000)), (ids[1], 2000)]
        #expect(try storage.noteRunning([], waiting: [], by: queue.servers[0]) == [])
        #expect(try storage.noteRunning([], waiting: ids, by: queue.servers[0]) == [ids[2]])
        #expect(try storage.noteRunning([], waiting: ids, by: queue.servers[1]).count == 3)
        #expect(try storage.noteRunning(running, waiting: [], by: queue.servers[1]) == [ids[0], ids[1]])
        #expect(try storage.queuedJobs(JobFilter(state: "running"), before: nil, limit: 9).isEmpty)
        #expect(try storage.noteRunning(running + [(ids[2], 3000)], waiting: [], by: queue.servers[0]) == [ids[2]])
        #expect(try storage.queuedJob(id: ids[1])?.startedAt == 2000)
        // It has begun once.
        let again = [(job: ids[1], startedAt: Int64(5000)), (ids[2], 3000)]
        #expect(try storage.noteRunning(again, waiting: [], by: queue.servers[0]) == [ids[2]])
        #expect(try storage.queuedJob(id: ids[1])?.startedAt == 2000)
    }
}
