import Foundation
import PageStorage
import Testing

@Suite("Ended jobs")
struct EndedJobTests {
    @Test("ends are listed in the order in which they were noted, part by part", arguments: StorageKind.allCases)
    func order(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 2)
        let storage = try queue.open()
        // Ids and times of the jobs say nothing of the order.
        let jobs = (0..<7).map { sampleJob(id: jobID(at: 1_700_000_000_000 - $0), program: "p\($0 % 2)") }
        for job in jobs {
            try storage.recordJob(job)
            usleep(2000)
        }
        let start = EndMark(endedAt: 0, job: "")
        let all = try storage.endedJobs(of: nil, after: start, limit: 100)
        #expect(all.map(\.record) == jobs)
        #expect(all.map(\.mark) == all.map(\.mark).sorted())
        #expect(try storage.endedJobs(of: nil, after: start, limit: 3) == Array(all[..<3]))
        #expect(try storage.endedJobs(of: nil, after: all[2].mark, limit: 100) == Array(all[3...]))
        #expect(try storage.endedJobs(of: "p1", after: all[1].mark, limit: 1).map(\.record) == [jobs[3]])
        #expect(try storage.endMark(of: jobs[4].id) == all[4].mark)
        #expect(try storage.endMark(of: jobID()) == nil)
        let wholeMillisecond = EndMark(endedAt: all[6].mark.endedAt, job: "")
        #expect(try storage.endedJobs(of: nil, after: wholeMillisecond, limit: 9).map(\.record) == [jobs[6]])
        #expect(try storage.endedJobs(of: nil, after: all[6].mark, limit: 9).isEmpty)
    }

    @Test(
        "old ends are removed, the oldest first, with their callbacks and with keys that are over",
        arguments: StorageKind.allCases)
    func removal(kind: StorageKind) throws {
        let queue = try TestQueue(kind)
        let (storage, server) = (try queue.open(), queue.servers[0])
        let jobs = (0..<5).map { number in
            samplePost(
                queue.programs[0], key: .init(key: "\(number)", fingerprint: [1], keptMs: number < 3 ? 0 : 60_000),
                callbackURL: "http://localhost/")
        }
        _ = try storage.postJobs(jobs, by: server, wakesOthers: false)
        for job in jobs[..<4] {
            #expect(try storage.recordJob(sampleJob(id: job.id), claim: server) == .recorded)
            usleep(2000)
        }
        #expect(try storage.removeEndedJobs(olderThanMs: 60_000, limit: 100) == 0)
        #expect(try storage.removeEndedJobs(olderThanMs: 0, limit: 3) == 3)
        #expect(
            try storage.endedJobs(of: nil, after: EndMark(endedAt: 0, job: ""), limit: 9).map(\.record.id) == [
                jobs[3].id
            ])
        #expect(try storage.callback(of: jobs[0].id) == nil)
        #expect(try storage.callback(of: jobs[3].id) != nil)
        #expect(try queue.test.sql("SELECT count(*) FROM idempotency_keys") == "2")
        #expect(try storage.removeEndedJobs(olderThanMs: 0, limit: 3) == 1)
        #expect(try storage.removeEndedJobs(olderThanMs: 0, limit: 3) == 0)
        #expect(try storage.queuedJob(id: jobs[4].id) != nil)
        #expect(try storage.callback(of: jobs[4].id) != nil)
    }

    @Test(
        "a callback is due once its job has ended, by whatever way, and comes back until it is settled",
        arguments: StorageKind.allCases)
    func callbacks(kind: StorageKind) throws {
        let queue = try TestQueue(kind)
        let (storage, server, program) = (try queue.open(), queue.servers[0], queue.programs[0])
        let jobs = (0..<4).map { samplePost(program, callbackURL: $0 == 3 ? nil : "http://localhost/\($0)") }
        _ = try storage.postJobs(jobs, by: server, wakesOthers: false)
        #expect(try storage.claimCallbacks(limit: 9, leaseMs: 60_000).isEmpty)
        let waiting = CallbackRecord(url: "http://localhost/0", state: .waiting, attempts: 0, lastAttempt: nil)
        #expect(try storage.callback(of: jobs[0].id) == waiting)
        #expect(try storage.callback(of: jobs[3].id) == nil)

        let records = jobs.map { sampleJob(id: $0.id) }
        var commit = sampleCommit(program.key, version: 0, pages: [(1, zeroPage)], job: records[0])
        commit.claim = server
        #expect(try storage.commit(commit) == .committed(version: 1))
        #expect(try storage.recordJob(records[1], claim: server) == .recorded)
        #expect(try storage.cancelJob(records[2]))
        #expect(try storage.recordJob(records[3], claim: server) == .recorded)
        let due = try storage.claimCallbacks(limit: 9, leaseMs: 0)
        #expect(Set(due.map(\.job)) == Set(jobs[..<3].map(\.id)))
        for callback in due {
            let number = try #require(jobs.firstIndex { $0.id == callback.job })
            #expect(callback.url == jobs[number].callbackURL && callback.attempts == 0)
            #expect(callback.document == records[number].document)
        }
        usleep(2000)
        #expect(try storage.claimCallbacks(limit: 2, leaseMs: 60_000).count == 2)
        #expect(try storage.claimCallbacks(limit: 9, leaseMs: 60_000).count == 1)
        #expect(try storage.claimCallbacks(limit: 9, leaseMs: 60_000).isEmpty)

        let failure = CallbackAttempt(status: 503, failure: "not now")
        try storage.settleCallback(of: jobs[0].id, failure, retryAfterMs: 0)
        usleep(2000)
        let again = try storage.claimCallbacks(limit: 9, leaseMs: 0)
        #expect(again.map(\.job) == [jobs[0].id] && again.map(\.attempts) == [1])
        #expect(try storage.callback(of: jobs[0].id)?.lastAttempt == failure)
        #expect(try storage.callback(of: jobs[0].id)?.state == .waiting)
        try storage.settleCallback(of: jobs[0].id, CallbackAttempt(status: 200, failure: nil), retryAfterMs: nil)
        try storage.settleCallback(
            of: jobs[1].id, CallbackAttempt(status: nil, failure: "no answer"), retryAfterMs: nil)
        usleep(2000)
        #expect(try storage.claimCallbacks(limit: 9, leaseMs: 0).isEmpty)
        #expect(try storage.callback(of: jobs[0].id)?.state == .delivered)
        #expect(try storage.callback(of: jobs[0].id)?.attempts == 2)
        #expect(try storage.callback(of: jobs[1].id)?.state == .failed)
    }
}
