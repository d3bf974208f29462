import Foundation
import Pages
import Testing

@testable import PageStorage

@Suite("SQLite")
struct SQLiteTests {
    let test: TestStorage
    let path: String

    init() throws {
        test = try TestStorage(.sqlite)
        guard case .sqlite(let path) = test.location else { throw StorageError.failed("not SQLite") }
        self.path = path
    }

    @Test("a full disk is told, and nothing is half written", arguments: [1, 50])
    func full(pages: Int) throws {
        let storage = try SQLiteStorage(path: path, patience: .seconds(5))
        let key = try storage.createProgram(sampleProgram()).key
        _ = try storage.commit(sampleCommit(key, version: 0, pages: [(0, samplePage(0))]))
        let job = sampleJob()
        let written = (0..<pages).map { (page: PageNumber(UInt32($0)), bytes: samplePage(9)) }
        let larger = written + [(page: 1000, bytes: samplePage(10)), (page: 1001, bytes: samplePage(11))]

        try storage.perform { database throws(SQLiteError) in
            let count = try database.first("PRAGMA page_count", row: { $0.int(0) }) ?? 0
            _ = try database.rows("PRAGMA max_page_count = \(count + 2)", row: { $0.int(0) })
        }
        #expect(throws: StorageError.full("\(path): database or disk is full")) {
            try storage.commit(sampleCommit(key, version: 1, memorySize: 30, pages: larger, job: job))
        }
        for reader in [storage, try test.open()] as [any Storage] {
            #expect(try reader.program(id: "p")?.version == 1)
            #expect(try reader.program(id: "p")?.memorySize == 17)
            #expect(try reader.job(id: job.id) == nil)
            #expect(try reader.pageData(of: key, page: 0) == StoredPageData(version: 1, bytes: samplePage(0)))
            #expect(try reader.beginExecution(program: "p")?.storedPages == [0])
        }

        try storage.perform { database throws(SQLiteError) in
            _ = try database.rows("PRAGMA max_page_count = 1000000", row: { $0.int(0) })
        }
        #expect(try storage.commit(sampleCommit(key, version: 1, pages: larger, job: job)) == .committed(version: 2))
    }

    @Test("commits are on the disk before they are answered")
    func durability() throws {
        let storage = try SQLiteStorage(path: path, patience: .seconds(5))
        let (journal, synchronous) = try storage.perform { database throws(SQLiteError) in
            (
                try database.first("PRAGMA journal_mode", row: { $0.text(0) }),
                try database.first("PRAGMA synchronous", row: { $0.int(0) })
            )
        }
        #expect(journal == "wal")
        #expect(synchronous == 2, "FULL")
    }

    @Test("while another connection writes, reads go on and a write is unavailable")
    func locked() throws {
        let storage = try test.location.open(patience: .milliseconds(50))
        let key = try storage.createProgram(sampleProgram()).key
        let other = try RawSQLite(path: path)
        try other.run("BEGIN IMMEDIATE")
        #expect(try storage.program(id: "p")?.key == key)
        #expect(throws: StorageError.unavailable("\(path): database is locked")) {
            try storage.commit(sampleCommit(key, version: 0))
        }
        try other.run("ROLLBACK")
        #expect(try storage.commit(sampleCommit(key, version: 0)) == .committed(version: 0))
    }

    @Test("who has waited long for a lock tries as often as who has just come")
    func lockWait() {
        for tries in [3, 10, 100, 1000] {
            let pauses = (0..<200).map { _ in SQLiteLockWait.pause(afterTries: tries) }
            #expect(pauses.allSatisfy { (.milliseconds(1) ... .milliseconds(5)).contains($0) })
            #expect(Set(pauses).count > 1, "else several would always come at once")
        }
    }

    @Test("a lock that is given up in time is had")
    func lockGivenUp() throws {
        let storage = try test.location.open(patience: .seconds(60))
        let key = try storage.createProgram(sampleProgram()).key
        let other = try RawSQLite(path: path)
        try other.run("BEGIN IMMEDIATE")
        let commit = BackgroundCall { [location = test.location] in
            try location.open(patience: .seconds(60)).commit(sampleCommit(key, version: 0))
        }
        usleep(50_000)
        #expect(try storage.program(id: "p")?.version == 0)
        try other.run("ROLLBACK")
        #expect(try commit.value() == .committed(version: 0))
    }

    @Test("no read keeps the file locked")
    func reset() throws {
        let storage = try test.open()
        let key = try storage.createProgram(sampleProgram()).key
        _ = try storage.putPage(of: key, page: 1, bytes: samplePage(1))
        _ = try storage.read(key, 1, asOf: 1)
        _ = try storage.beginExecution(program: "p")
        // Needs that no reader is at an older state.
        #expect(try RawSQLite(path: path).run("PRAGMA wal_checkpoint(TRUNCATE)") == "0|0|0")
    }

    @Test("two processes commit to one file without losing a version")
    func processes() async throws {
        let storage = try test.open()
        let key = try storage.createProgram(sampleProgram()).key
        async let other: Void = {
            await #expect(processExitsWith: .success) { [path = path as String] in
                let storage = try StorageLocation.sqlite(path: path).open(patience: .seconds(60))
                for _ in 0..<40 { try commitOnce(storage) }
                exit(EXIT_SUCCESS)
            }
        }()
        for _ in 0..<40 { try commitOnce(storage) }
        await other
        #expect(try storage.program(id: "p")?.version == 80)
        #expect(try storage.pageData(of: key, page: 1)?.version == 80)
        #expect(try storage.jobs(JobFilter(), before: nil, limit: 1000).count == 80)
    }

    @Test("a file that is no database is refused")
    func notADatabase() throws {
        let path = "\(try TemporaryFolder.ofThisProcess())/\(UUID().uuidString)"
        try Data(repeating: 65, count: 8192).write(to: URL(fileURLWithPath: path))
        #expect(throws: StorageError.failed("\(path): file is not a database")) {
            _ = try StorageLocation.sqlite(path: path).open()
        }
    }

    @Test("a file that cannot be opened is named")
    func missingFolder() throws {
        let path = "\(try TemporaryFolder.ofThisProcess())/missing/test.db"
        #expect(throws: StorageError.unavailable("\(path): unable to open database file")) {
            _ = try StorageLocation.sqlite(path: path).open()
        }
    }

    @Test("a database in memory is refused: workers would each have their own")
    func memory() throws {
        #expect(throws: StorageError.self) { _ = try StorageLocation(":memory:") }
        let error = #expect(throws: StorageError.self) { _ = try StorageLocation("sqlite::memory:").open() }
        guard case .invalidLocation = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}

/// Raises the version of program `p` once, whoever else does so.
private func commitOnce(_ storage: any Storage) throws {
    while true {
        let start = try #require(try storage.beginExecution(program: "p"))
        let pages = [(page: PageNumber(1), bytes: samplePage(UInt64(start.version)))]
        if case .committed = try storage.commit(sampleCommit(start.key, version: start.version, pages: pages)) {
            return
        }
    }
}
