import Foundation
import PageStorage
import Testing

@Suite("Queue: idempotency keys")
struct QueueIdempotencyTests {
    private func key(_ key: String, _ fingerprint: UInt8, keptMs: Int64 = 60_000) -> IdempotencyKey {
        IdempotencyKey(key: key, fingerprint: [fingerprint], keptMs: keptMs)
    }

    @Test("the same request again is the job of the first, another request is none", arguments: StorageKind.allCases)
    func repeated(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 2, servers: 2)
        let storage = try queue.open()
        let first = samplePost(queue.programs[0], key: key("k", 1))
        #expect(try storage.post(first, by: queue.servers[0]).claimedPosted != nil)
        for server in queue.servers {
            let again = samplePost(queue.programs[1], key: key("k", 1))
            #expect(try storage.post(again, by: server) == .repeated(job: first.id))
            #expect(try storage.post(samplePost(queue.programs[0], key: key("k", 2)), by: server) == .keyReused)
        }
        // Also when the job has ended.
        #expect(try storage.recordJob(sampleJob(id: first.id), claim: queue.servers[0]) == .recorded)
        let late = samplePost(queue.programs[0], key: key("k", 1))
        #expect(try storage.post(late, by: queue.servers[0]) == .repeated(job: first.id))
        #expect(try storage.queuedJobs(JobFilter(), before: nil, limit: 9).isEmpty)
    }

    @Test("a request that is known stays known when its program is gone", arguments: StorageKind.allCases)
    func programGone(kind: StorageKind) throws {
        let queue = try TestQueue(kind)
        let (storage, program, server) = (try queue.open(), queue.programs[0], queue.servers[0])
        let first = samplePost(program, key: key("k", 1))
        #expect(try storage.post(first, by: server).claimedPosted != nil)
        _ = try storage.deleteProgram(id: program.id)
        #expect(try storage.post(samplePost(program, key: key("k", 1)), by: server) == .repeated(job: first.id))
        #expect(try storage.post(samplePost(program, key: key("k", 2)), by: server) == .keyReused)
        #expect(try storage.post(samplePost(program, key: key("other", 1)), by: server) == .programGone)
    }

    @Test("a key that is over counts as none", arguments: StorageKind.allCases)
    func expired(kind: StorageKind) throws {
        let queue = try TestQueue(kind)
        let (storage, program) = (try queue.open(), queue.programs[0])
        let jobs = [(1, 0), (2, 60_000)].map {
            samplePost(program, .leave, key: key("k", UInt8($0.0), keptMs: Int64($0.1)))
        }
        #expect(try storage.post(jobs[0], by: queue.servers[0]).isWaiting)
        usleep(5000)
        #expect(try storage.post(jobs[1], by: queue.servers[0]).isWaiting)
        #expect(
            try storage.post(samplePost(program, key: key("k", 2)), by: queue.servers[0]) == .repeated(job: jobs[1].id))
    }

    @Test("a key that comes twice in one post is the first one's", arguments: StorageKind.allCases)
    func twice(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 2)
        let storage = try queue.open()
        let gone = queue.programs[1]
        _ = try storage.deleteProgram(id: "p1")
        let jobs = [
            samplePost(gone, key: key("k", 9)), samplePost(queue.programs[0], key: key("k", 1)),
            samplePost(queue.programs[0], key: key("k", 1)), samplePost(queue.programs[0], key: key("k", 2)),
            samplePost(queue.programs[0]),
        ]
        let outcomes = try storage.postJobs(jobs, by: queue.servers[0], wakesOthers: false)
        #expect(outcomes[0] == .programGone)
        #expect(outcomes[1].claimedPosted != nil && outcomes[1].claimedPosted == outcomes[4].claimedPosted)
        #expect(outcomes[2] == .repeated(job: jobs[1].id) && outcomes[3] == .keyReused)
        #expect(try storage.queuedJobs(JobFilter(), before: nil, limit: 9).count == 2)
    }

    @Test("of posts with the same key at the same time one is accepted", arguments: StorageKind.allCases)
    func concurrent(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 3, servers: 3)
        let rounds = 60
        let answers = try onThreads(6) { number in
            let storage = try queue.open()
            return try (0..<rounds).map { round in
                let keys = ["\(round)", "\(round) too"].shuffled()
                let jobs = keys.map { samplePost(queue.programs[number % 3], key: key($0, 1)) }
                let outcomes = try storage.postJobs(jobs, by: queue.servers[number % 3], wakesOthers: false)
                return zip(zip(keys, jobs), outcomes).map { (key: $0.0, job: $0.1.id, outcome: $1) }
            }
        }.flatMap(\.self).flatMap(\.self)
        for (_, ofOne) in Dictionary(grouping: answers, by: \.key) {
            let accepted = ofOne.filter { $0.outcome.position != nil }
            #expect(accepted.count == 1)
            #expect(ofOne.count { $0.outcome == .repeated(job: accepted.first?.job ?? "") } == 5)
        }
        #expect(try queue.open().queuedJobs(JobFilter(), before: nil, limit: 1000).count == 2 * rounds)
    }
}
