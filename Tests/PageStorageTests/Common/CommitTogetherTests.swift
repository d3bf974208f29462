import PageStorage
import Pages
import Testing

@Suite("Commits that are stored together")
struct CommitTogetherTests {
    /// Jobs of all programs, claimed by the first server.
    private func claimedJobs(_ queue: TestQueue, _ storage: any ServiceStorage) throws -> [JobRecord] {
        try queue.programs.enumerated().map { place, program in
            let url = place == 0 ? "http://localhost/hook" : nil
            let post = samplePost(program, callbackURL: url)
            let outcome = try storage.post(post, by: queue.servers[0])
            #expect(outcome.claimedPosted != nil)
            return sampleJob(id: post.id, program: program.id)
        }
    }

    private func commit(
        _ queue: TestQueue, _ place: Int, _ job: JobRecord, version: Int64 = 0, memorySize: UInt32 = 17,
        pages: [(page: PageNumber, bytes: [UInt8])] = [], freed: [PageNumber] = []
    ) -> Commit {
        var commit = sampleCommit(
            queue.programs[place].key, version: version, memorySize: memorySize, pages: pages, freedPages: freed,
            job: job)
        commit.claim = queue.servers[0]
        return commit
    }

    @Test("each is stored with its pages, its record and the end of its claim", arguments: StorageKind.allCases)
    func stored(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 4)
        let storage = try queue.open()
        let jobs = try claimedJobs(queue, storage)
        let pages: [(page: PageNumber, bytes: [UInt8])] = [(1, samplePage(1)), (2, zeroPage)]
        let results = storage.commitTogether([
            commit(queue, 3, jobs[3], pages: [(7, samplePage(7))]), commit(queue, 0, jobs[0], pages: pages),
            commit(queue, 1, jobs[1], memorySize: 20), commit(queue, 2, jobs[2]),
        ])
        #expect(try results.map { try $0.get() } == [1, 1, 1, 0].map { .committed(version: $0) })
        for (place, job) in jobs.enumerated() {
            #expect(try storage.job(id: job.id) == job)
            #expect(try storage.queuedJob(id: job.id) == nil)
            let program = try #require(try storage.program(id: "p\(place)"))
            #expect(program.memorySize == (place == 1 ? 20 : 17))
            #expect(program.updatedAt == (place == 2 ? queue.programs[2].updatedAt : job.finishedAt))
        }
        #expect(try storage.beginExecution(program: "p0")?.storedPages == [1, 2])
        #expect(try storage.pageData(of: queue.programs[0].key, page: 1)?.bytes == samplePage(1))
        #expect(try storage.pageData(of: queue.programs[0].key, page: 2)?.bytes == zeroPage)
        #expect(try storage.pageData(of: queue.programs[3].key, page: 7)?.version == 1)
        #expect(try storage.claimCallbacks(limit: 10, leaseMs: 1000).map(\.job) == [jobs[0].id])
    }

    @Test("pages are replaced and freed", arguments: StorageKind.allCases)
    func replaced(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 2)
        let storage = try queue.open()
        for place in 0..<2 {
            for page in [PageNumber(1), 2] {
                _ = try storage.putPage(of: queue.programs[place].key, page: page, bytes: samplePage(3))
            }
        }
        let jobs = try claimedJobs(queue, storage)
        let results = storage.commitTogether([
            commit(queue, 0, jobs[0], version: 2, pages: [(2, samplePage(4))], freed: [1]),
            commit(queue, 1, jobs[1], version: 2, pages: [(1, samplePage(5))]),
        ])
        #expect(try results.map { try $0.get() } == [.committed(version: 3), .committed(version: 3)])
        #expect(try storage.beginExecution(program: "p0")?.storedPages == [2])
        #expect(try storage.read(queue.programs[0].key, 2, asOf: 3) == (.found, samplePage(4)))
        #expect(try storage.read(queue.programs[1].key, 1, asOf: 3) == (.found, samplePage(5)))
        #expect(try storage.read(queue.programs[1].key, 2, asOf: 3) == (.found, samplePage(3)))
    }

    @Test("what refuses one of them is told of that one, and the others are stored", arguments: StorageKind.allCases)
    func refused(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 6, servers: 2)
        let storage = try queue.open()
        let jobs = try claimedJobs(queue, storage)
        _ = try storage.putPage(of: queue.programs[1].key, page: 1, bytes: samplePage(1))
        _ = try storage.deleteProgram(id: "p2")
        let ended = sampleJob(id: jobs[3].id, program: "p3", state: "failed", outcome: nil)
        #expect(try storage.recordJob(ended, claim: queue.servers[0]) == .recorded)
        var lost = commit(queue, 4, jobs[4], pages: [(1, samplePage(1))])
        lost.claim = queue.servers[1]
        func all(_ last: Commit) -> [Commit] {
            [0, 1, 2, 3].map { commit(queue, $0, jobs[$0], pages: [(1, samplePage(2))]) } + [last]
        }
        let results = try storage.commitTogether(all(commit(queue, 5, jobs[5]))).map { try $0.get() }
        #expect(
            results == [
                .committed(version: 1), .conflict, .programDeleted, .jobAlreadyRecorded, .committed(version: 0),
            ])
        #expect(try storage.pageData(of: queue.programs[1].key, page: 1)?.bytes == samplePage(1))
        #expect(try storage.job(id: jobs[3].id) == ended)
        for place in [1, 2] {
            #expect(try storage.job(id: jobs[place].id) == nil)
            #expect(try storage.queuedJob(id: jobs[place].id) != nil)
        }
        #expect(try storage.commitTogether(all(lost)).map { try $0.get() }.last == .claimLost)
        #expect(storage.commitTogether([]).isEmpty)
    }
}
