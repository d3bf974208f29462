import Foundation
import PageStorage
import Pages
import TestSupport
import Testing

@Suite("PostgreSQL: lost answers")
struct PostgresAnswerTests {
    let proxy: PostgresProxy
    /// Past the proxy.
    let raw: RawPostgres
    let storage: any Storage
    let key: ProgramKey

    init() throws {
        let server = try PrivatePostgres.shared()
        let direct = try server.makeDatabase()
        proxy = try PostgresProxy(before: server.folder)
        raw = try RawPostgres(direct)
        storage = try StorageLocation(direct.replacingOccurrences(of: server.folder, with: proxy.folder)).open()
        try storage.migrate()
        key = try storage.createProgram(sampleProgram()).key
    }

    @Test("a commit whose answer is lost is found to be done", arguments: [true, false], [0, 2, 1500])
    func commit(isSlow: Bool, pages: Int) throws {
        // The server is still at it when the storage comes back.
        if isSlow { try makeRecordsSlow() }
        let job = sampleJob()
        let written = (0..<pages).map { (page: PageNumber(UInt32($0)), bytes: samplePage(UInt64($0))) }
        proxy.arm(.loseAnswer, at: job.id)
        let result = try storage.commit(sampleCommit(key, version: 0, memorySize: 18, pages: written, job: job))
        #expect(proxy.hasStruck)
        #expect(result == .committed(version: 1))
        try expectOneCommit(of: job, storedPages: pages)
    }

    @Test("a job that changes nothing is found to be done, at the version it had")
    func commitWithoutChange() throws {
        let job = sampleJob()
        proxy.arm(.loseAnswer, at: job.id)
        #expect(try storage.commit(sampleCommit(key, version: 0, job: job)) == .committed(version: 0))
        #expect(proxy.hasStruck)
        #expect(try storage.job(id: job.id) == job)
    }

    @Test("a large commit is found to be done when the answer to its COMMIT is lost")
    func commitOfTransaction() throws {
        let job = sampleJob()
        let pages = (0..<1100).map { (page: PageNumber(UInt32($0)), bytes: zeroPage) }
        proxy.arm(.loseAnswer, at: "COMMIT\0")
        let commit = sampleCommit(key, version: 0, memorySize: 18, pages: pages, job: job)
        #expect(try storage.commit(commit) == .committed(version: 1))
        #expect(proxy.hasStruck)
        try expectOneCommit(of: job, storedPages: 1100)
    }

    @Test("a commit that reaches the server late does not count twice", arguments: [0, 2])
    func lateCommit(pages: Int) throws {
        let job = sampleJob()
        let written = (0..<pages).map { (page: PageNumber(UInt32($0)), bytes: samplePage(UInt64($0))) }
        proxy.arm(.holdBack, at: job.id)
        let commit = sampleCommit(key, version: 0, memorySize: 18, pages: written, job: job)
        #expect(try storage.commit(commit) == .committed(version: 1))
        #expect(proxy.hasStruck)
        proxy.releaseHeld()
        try expectOneCommit(of: job, storedPages: pages)
    }

    @Test("a conflict stays one when the first statement reaches the server late")
    func lateConflict() throws {
        let job = sampleJob()
        // Prepares the statement: preparing it would be a statement of its own after the loss.
        _ = try storage.commit(sampleCommit(key, version: 0, pages: [(1, samplePage(1))]))
        proxy.arm(.holdBack, at: job.id)
        let commit = sampleCommit(key, version: 0, pages: [(1, samplePage(2))], job: job)
        #expect(try storage.commit(commit) == .conflict)
        #expect(proxy.hasStruck)
        proxy.releaseHeld()
        #expect(try storage.job(id: job.id) == nil)
        #expect(try storage.pageData(of: key, page: 1)?.bytes == samplePage(1))
    }

    @Test("another's record is not taken for the lost commit's own")
    func otherRecord() throws {
        let job = sampleJob()
        let failed = sampleJob(id: job.id, state: "failed")
        #expect(try storage.recordJob(failed))
        proxy.arm(.loseAnswer, at: job.id)
        let commit = sampleCommit(key, version: 0, pages: [(1, samplePage(1))], job: job)
        #expect(try storage.commit(commit) == .jobAlreadyRecorded)
        #expect(proxy.hasStruck)
        #expect(try storage.job(id: job.id) == failed)
    }

    @Test("a record whose answer is lost counts as the first, and a second one does not")
    func record() throws {
        let job = sampleJob()
        proxy.arm(.loseAnswer, at: job.id)
        #expect(try storage.recordJob(job))
        #expect(proxy.hasStruck)
        proxy.arm(.loseAnswer, at: job.id)
        #expect(try !storage.recordJob(sampleJob(id: job.id, state: "failed")))
        #expect(proxy.hasStruck)
        #expect(try storage.job(id: job.id) == job)
    }

    @Test("a program is created and deleted once when the answer is lost")
    func programs() throws {
        let new = sampleProgram("q")
        proxy.arm(.loseAnswer, at: "COMMIT\0")
        #expect(try storage.createProgram(new).key == new.key)
        #expect(proxy.hasStruck)
        proxy.arm(.loseAnswer, at: "COMMIT\0")
        #expect(throws: StorageError.programExists) { try storage.createProgram(sampleProgram("q")) }
        #expect(proxy.hasStruck)
        proxy.arm(.loseAnswer, at: "COMMIT\0")
        #expect(try storage.deleteProgram(id: "q") != nil)
        #expect(proxy.hasStruck)
        #expect(try storage.program(id: "q") == nil)
    }

    @Test("a job that touches three of 4,096 stored pages moves three pages")
    func pagesMoved() throws {
        let pages = (0..<4096).map { (page: PageNumber(UInt32($0)), bytes: samplePage(UInt64($0))) }
        _ = try storage.commit(sampleCommit(key, version: 0, pages: pages))
        _ = proxy.takeAnsweredBytes()
        let start = try #require(try storage.beginExecution(program: "p"))
        #expect(start.storedPages.count == 4096)
        // Four bytes for each stored page's number.
        #expect((16_384..<16_384 + 1024).contains(proxy.takeAnsweredBytes()))
        for page: PageNumber in [5, 700, 4095] {
            #expect(try storage.read(key, page, asOf: start.version) == (.found, pages[Int(page.rawValue)].bytes))
        }
        #expect((3 * 16_384..<3 * 16_384 + 1024).contains(proxy.takeAnsweredBytes()))
        let known = StoredPageList(
            key: key, version: start.version, updatedAt: start.updatedAt, pages: start.storedPages)
        #expect(try storage.beginExecution(program: "p", known: known) == start)
        #expect(proxy.takeAnsweredBytes() < 1024)
    }

    private func expectOneCommit(of job: JobRecord, storedPages: Int) throws {
        #expect(try storage.job(id: job.id) == job)
        let program = try #require(try storage.program(id: "p"))
        #expect(program.version == 1)
        #expect(program.memorySize == 18)
        #expect(program.storedPages == storedPages)
        #expect(try raw.run("SELECT coalesce(min(version) = max(version), true) FROM pages") == "t")
    }

    private func makeRecordsSlow() throws {
        try raw.run(
            """
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END';
            CREATE TRIGGER wait BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION wait()
            """)
    }
}
