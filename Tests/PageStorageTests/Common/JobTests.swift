import PageStorage
import Testing

@Suite("Jobs")
struct JobTests {
    @Test("a record comes back as it was stored, and stays the first one", arguments: StorageKind.allCases)
    func record(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let job = sampleJob(outcome: nil)
        #expect(try storage.recordJob(job))
        #expect(try storage.job(id: job.id) == job)
        #expect(try storage.job(id: job.id.uppercased()) == job)
        #expect(try !storage.recordJob(sampleJob(id: job.id, state: "failed")))
        #expect(try !storage.recordJob(job))
        #expect(try storage.job(id: job.id) == job)
        #expect(try storage.job(id: jobID()) == nil)
        #expect(try storage.job(id: "no such form") == nil)
    }

    @Test("an id that is not a UUID is refused", arguments: StorageKind.allCases)
    func wrongID(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        #expect(throws: StorageError.failed("a job's id must be a UUID: 1")) {
            try storage.recordJob(sampleJob(id: "1"))
        }
    }

    @Test("jobs are listed newest first, part by part", arguments: StorageKind.allCases)
    func listing(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let times = [3, 1, 5, 2, 4].map { 1_700_000_000_000 + Int64($0) * 60_000 }
        let jobs = times.map { sampleJob(id: jobID(at: $0), createdAt: $0) }
        for job in jobs { try storage.recordJob(job) }
        let newestFirst = jobs.sorted { $0.createdAt > $1.createdAt }
        #expect(try storage.jobs(JobFilter(), before: nil, limit: 100) == newestFirst)
        #expect(try storage.jobs(JobFilter(), before: nil, limit: 2) == Array(newestFirst[..<2]))
        #expect(try storage.jobs(JobFilter(), before: newestFirst[1].id, limit: 2) == Array(newestFirst[2..<4]))
        #expect(try storage.jobs(JobFilter(), before: newestFirst[4].id, limit: 2).isEmpty)
        #expect(try storage.jobs(JobFilter(), before: "no such form", limit: 2).isEmpty)
    }

    @Test("a listing holds what matches every filter", arguments: StorageKind.allCases)
    func filters(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let start: Int64 = 1_700_000_000_000
        let kinds: [(String, String, String?)] = [
            ("a", "finished", "success"), ("a", "failed", nil), ("b", "finished", "trap"), ("b", "finished", "success"),
        ]
        let jobs = kinds.enumerated().map { index, kind in
            let time = start + Int64(index) * 1000
            return sampleJob(
                id: jobID(at: time), program: kind.0, state: kind.1, outcome: kind.2, createdAt: time)
        }
        for job in jobs { try storage.recordJob(job) }
        let listed = { (filter: JobFilter) in
            try storage.jobs(filter, before: nil, limit: 100).compactMap { jobs.firstIndex(of: $0) }
        }
        #expect(try listed(JobFilter(program: "a")) == [1, 0])
        #expect(try listed(JobFilter(state: "finished")) == [3, 2, 0])
        #expect(try listed(JobFilter(outcome: "success")) == [3, 0])
        #expect(try listed(JobFilter(since: start + 1000)) == [3, 2, 1])
        #expect(try listed(JobFilter(since: start + 1001)) == [3, 2])
        #expect(try listed(JobFilter(program: "b", state: "finished", outcome: "success", since: start)) == [3])
        #expect(try listed(JobFilter(program: "a", outcome: "trap")).isEmpty)
        #expect(try storage.jobs(JobFilter(program: "b"), before: jobs[3].id, limit: 9) == [jobs[2]])
        var filter = JobFilter(state: "finished")
        filter.programs = [.prefix("a"), .id("c")]
        #expect(try listed(filter) == [0])
        filter.programs = [.id("b")]
        #expect(try storage.jobs(filter, before: jobs[3].id, limit: 9) == [jobs[2]])
        filter.programs = []
        #expect(try listed(filter).isEmpty)
    }
}
