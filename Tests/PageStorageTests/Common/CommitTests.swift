import PageStorage
import Pages
import Testing

@Suite("Commit")
struct CommitTests {
    @Test("pages, memory size, version and the job's record are stored together", arguments: StorageKind.allCases)
    func commit(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let program = try storage.createProgram(sampleProgram())
        let job = sampleJob()
        let result = try storage.commit(
            sampleCommit(
                program.key, version: 0, memorySize: 20, pages: [(1, samplePage(1)), (9, samplePage(9))], job: job))
        #expect(result == .committed(version: 1))

        let start = try #require(try storage.beginExecution(program: "p"))
        #expect(start.key == program.key)
        #expect(start.codeHash == program.codeHash)
        #expect(start.version == 1)
        #expect(start.memorySize == 20)
        #expect(start.memoryMaximum == program.memoryMaximum)
        #expect(start.stackEnd == program.stackEnd)
        #expect(start.storedPages == [1, 9])
        #expect(try storage.read(program.key, 9, asOf: 1) == (.found, samplePage(9)))
        #expect(try storage.job(id: job.id) == job)
        #expect(try storage.program(id: "p")?.updatedAt == job.finishedAt)
    }

    @Test("the version rises for a written page or a new memory size alone", arguments: StorageKind.allCases)
    func version(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let program = try storage.createProgram(sampleProgram())
        let commit = { (version: Int64, size: UInt32) in
            try storage.commit(sampleCommit(program.key, version: version, memorySize: size))
        }
        #expect(try commit(0, 17) == .committed(version: 0))
        #expect(try storage.program(id: "p") == program)
        #expect(try commit(0, 18) == .committed(version: 1))
        #expect(try commit(1, 18) == .committed(version: 1))
        #expect(try commit(0, 18) == .conflict)
    }

    @Test("after another commit nothing is stored", arguments: StorageKind.allCases)
    func conflict(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        _ = try storage.commit(sampleCommit(key, version: 0, pages: [(1, samplePage(1))]))
        let late = sampleJob()
        let commit = sampleCommit(
            key, version: 0, memorySize: 30, pages: [(1, samplePage(2)), (2, zeroPage)], job: late)
        #expect(try storage.commit(commit) == .conflict)
        #expect(try storage.job(id: late.id) == nil)
        #expect(try storage.pageData(of: key, page: 1) == StoredPageData(version: 1, bytes: samplePage(1)))
        #expect(try storage.beginExecution(program: "p")?.storedPages == [1])
        #expect(try storage.program(id: "p")?.memorySize == 17)
    }

    @Test("a deleted program takes no commit, also when its id is taken again", arguments: StorageKind.allCases)
    func deleted(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        _ = try storage.deleteProgram(id: "p")
        let job = sampleJob()
        let commit = sampleCommit(key, version: 0, pages: [(1, samplePage(1))], job: job)
        #expect(try storage.commit(commit) == .programDeleted)
        let again = try storage.createProgram(sampleProgram())
        #expect(try storage.commit(commit) == .programDeleted)
        #expect(try storage.commit(sampleCommit(key, version: 0, job: job)) == .programDeleted)
        #expect(try storage.job(id: job.id) == nil)
        #expect(try storage.program(id: "p") == again)
    }

    @Test("a job that has a record cannot commit", arguments: StorageKind.allCases)
    func alreadyRecorded(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        let failed = sampleJob(state: "failed", outcome: nil)
        #expect(try storage.recordJob(failed))
        let job = sampleJob(id: failed.id)
        let commit = sampleCommit(key, version: 0, memorySize: 18, pages: [(1, samplePage(1))], job: job)
        #expect(try storage.commit(commit) == .jobAlreadyRecorded)
        #expect(try storage.job(id: job.id) == failed)
        #expect(try storage.program(id: "p")?.version == 0)
        #expect(try storage.read(key, 1, asOf: 9).0 == .notStored)

        // A second commit of the same job, too.
        let twice = sampleJob()
        #expect(try storage.commit(sampleCommit(key, version: 0, job: twice)) == .committed(version: 0))
        #expect(try storage.commit(sampleCommit(key, version: 0, job: twice)) == .jobAlreadyRecorded)
    }

    @Test("a commit of thousands of pages is stored whole", arguments: StorageKind.allCases)
    func large(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        let pages = (0..<2500).map { (page: PageNumber(UInt32($0 * 3)), bytes: samplePage(UInt64($0))) }
        #expect(try storage.commit(sampleCommit(key, version: 0, pages: pages)) == .committed(version: 1))
        #expect(try storage.beginExecution(program: "p")?.storedPages == pages.map(\.page))
        for index in [0, 1023, 1024, 2048, 2499] {
            #expect(try storage.read(key, pages[index].page, asOf: 1) == (.found, pages[index].bytes))
        }

        let late = sampleJob()
        #expect(try storage.commit(sampleCommit(key, version: 0, pages: pages, job: late)) == .conflict)
        #expect(try storage.job(id: late.id) == nil)
        // Over half of the pages are written before the record turns out to be there.
        #expect(try storage.recordJob(late))
        let changed = pages.map { (page: $0.page, bytes: zeroPage) }
        #expect(try storage.commit(sampleCommit(key, version: 1, pages: changed, job: late)) == .jobAlreadyRecorded)
        #expect(try storage.read(key, 0, asOf: 1) == (.found, pages[0].bytes))
        #expect(try storage.commit(sampleCommit(key, version: 1, pages: changed)) == .committed(version: 2))
        #expect(try storage.read(key, 0, asOf: 2) == (.found, zeroPage))
    }

    @Test("of concurrent commits exactly one gets each version", arguments: StorageKind.allCases)
    func race(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let key = try test.open().createProgram(sampleProgram()).key
        let wins = try onThreads(6) { number in
            let storage = try test.open()
            var wins: [Int64] = []
            for round in 0..<20 {
                let version = try #require(try storage.program(id: "p")).version
                let page = samplePage(UInt64(number * 100 + round))
                switch try storage.commit(sampleCommit(key, version: version, pages: [(1, page), (2, page)])) {
                case .committed(let version): wins.append(version)
                case .conflict: break
                case let other: Issue.record("\(other)")
                }
            }
            return wins
        }.flatMap(\.self)
        #expect(!wins.isEmpty)
        #expect(wins.sorted() == Array(1...Int64(max(1, wins.count))))
        let storage = try test.open()
        #expect(try storage.program(id: "p")?.version == Int64(wins.count))
        #expect(try storage.jobs(JobFilter(), before: nil, limit: 1000).count == wins.count)
        let first = try #require(try storage.pageData(of: key, page: 1))
        #expect(try storage.pageData(of: key, page: 2) == first)
        #expect(first.version == Int64(wins.count))
    }

    @Test("a deletion beside commits leaves no page behind", arguments: StorageKind.allCases)
    func deletionRace(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        for _ in 0..<10 {
            let key = try test.open().createProgram(sampleProgram()).key
            let last = BackgroundCall {
                let storage = try test.open()
                var version: Int64 = 0
                while true {
                    let pages = [(page: PageNumber(UInt32(version)), bytes: samplePage(1))]
                    let result = try storage.commit(sampleCommit(key, version: version, pages: pages))
                    guard case .committed(let next) = result else { return result }
                    version = next
                }
            }
            let deletion = BackgroundCall {
                let storage = try test.open()
                while try storage.program(id: "p")?.version == 0 {}
                return try storage.deleteProgram(id: "p")
            }
            #expect(try deletion.value() == .some(key))
            #expect(try last.value() == .programDeleted)
            #expect(try test.sql("SELECT count(*) FROM pages") == "0")
        }
    }

    @Test("holes of the memory are kept, and other ones alone raise the version", arguments: StorageKind.allCases)
    func holes(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let key = try storage.createProgram(sampleProgram()).key
        var commit = sampleCommit(key, version: 0)
        commit.holes = [17, 0, 255]
        #expect(try storage.commit(commit) == .committed(version: 1))
        #expect(try storage.beginExecution(program: "p")?.holes == [17, 0, 255])
        commit.version = 1
        commit.job = sampleJob()
        #expect(try storage.commit(commit) == .committed(version: 1), "nothing has changed")
        commit.job = sampleJob()
        commit.holes = []
        #expect(try storage.commit(commit) == .committed(version: 2))
        #expect(try storage.beginExecution(program: "p")?.holes == [])
    }
}
