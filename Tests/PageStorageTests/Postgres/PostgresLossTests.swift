import Foundation
@testable import PageStorage
import Pages
import TestSupport
import Testing

@Suite("PostgreSQL: lost connections")
struct PostgresLossTests {
    let url: String
    let storage: any Storage
    let key: ProgramKey
    let raw: RawPostgres

    init() throws {
        url = try PrivatePostgres.shared().makeDatabase()
        storage = try StorageLocation(url).open()
        try storage.migrate()
        key = try storage.createProgram(sampleProgram()).key
        raw = try RawPostgres(url)
    }

    @Test("a stopped server is unavailable, and a started one is found again")
    func restart() throws {
        let server = try PrivatePostgres()
        let url = try server.makeDatabase()
        let storage = try StorageLocation(url).open(patience: .milliseconds(200))
        try storage.migrate()
        let key = try storage.createProgram(sampleProgram()).key

        try server.stop(.immediate)
        let message = try unavailableMessage { _ = try storage.program(id: "p") }
        #expect(message.contains(server.folder))
        #expect(!message.contains("\n"))
        _ = try unavailableMessage { _ = try storage.commit(sampleCommit(key, version: 0)) }
        _ = try unavailableMessage { _ = try StorageLocation(url).open(patience: .milliseconds(200)) }

        try server.start()
        #expect(try storage.program(id: "p")?.key == key)
        #expect(try storage.commit(sampleCommit(key, version: 0, memorySize: 18)) == .committed(version: 1))

        // A call waits for a server that comes back in time, whatever the call.
        let patient = try StorageLocation(url).open(patience: .seconds(60))
        try server.restart()
        #expect(try patient.putPage(of: key, page: 1, bytes: samplePage(1)) == 2)
        try server.stop()
        let start = BackgroundCall {
            usleep(300_000)
            try server.start()
        }
        #expect(try patient.recordJob(sampleJob()))
        _ = try start.value()
    }

    @Test("what the client library alone has noticed leaves open what was done")
    func libraryFailure() {
        let failure = raw.failureOfTheLibrary()
        #expect(failure.connectionIsLost)
        guard case .unavailable = StorageError(failure) else {
            Issue.record("\(StorageError(failure))")
            return
        }
    }

    @Test("a session that was ended between calls is not noticed by any call")
    func endedBetween() throws {
        try raw.endOthers()
        #expect(try storage.program(id: "p")?.key == key)
        try raw.endOthers()
        #expect(try storage.putPage(of: key, page: 1, bytes: samplePage(1)) == 1)
        try raw.endOthers()
        #expect(try storage.commit(sampleCommit(key, version: 1, pages: [(1, zeroPage)])) == .committed(version: 2))
        try raw.endOthers()
        #expect(try storage.read(key, 1, asOf: 2) == (.found, zeroPage))
        try raw.endOthers()
        try storage.migrate()
        try raw.endOthers()
        #expect(try storage.deleteProgram(id: "p") != nil)
    }

    @Test("a read whose session is ended is repeated")
    func endedDuringRead() throws {
        _ = try storage.putPage(of: key, page: 1, bytes: samplePage(1))
        try raw.run("BEGIN; LOCK TABLE pages")
        let (url, key) = (url, key)
        let read = BackgroundCall { try StorageLocation(url).open().pageData(of: key, page: 1) }
        let session = try raw.blockedSession()
        try raw.run("SELECT pg_terminate_backend(\(session))")
        _ = try raw.blockedSession(otherThan: session)
        try raw.run("COMMIT")
        #expect(try read.value() == StoredPageData(version: 1, bytes: samplePage(1)))
    }

    @Test("a commit whose session is ended is done once")
    func endedDuringCommit() throws {
        let job = sampleJob()
        try raw.run("BEGIN; LOCK TABLE jobs IN EXCLUSIVE MODE")
        let (url, key) = (url, key)
        let result = BackgroundCall {
            try StorageLocation(url).open().commit(
                sampleCommit(key, version: 0, pages: [(1, samplePage(1))], job: job))
        }
        let session = try raw.blockedSession()
        try raw.run("SELECT pg_terminate_backend(\(session))")
        _ = try raw.blockedSession(otherThan: session)
        try raw.run("COMMIT")
        #expect(try result.value() == .committed(version: 1))
        #expect(try storage.program(id: "p")?.version == 1)
        #expect(try storage.job(id: job.id) == job)
    }

    @Test("a page from outside is not stored twice: its lost answer is unavailable")
    func endedDuringPut() throws {
        try raw.run("BEGIN; LOCK TABLE pages")
        let (url, key) = (url, key)
        let message = BackgroundCall {
            let storage = try StorageLocation(url).open()
            return try unavailableMessage { _ = try storage.putPage(of: key, page: 1, bytes: samplePage(1)) }
        }
        try raw.run("SELECT pg_terminate_backend(\(try raw.blockedSession()))")
        try raw.run("COMMIT")
        _ = try message.value()
        #expect(try storage.program(id: "p")?.version == 0)
    }

    @Test("a record waits for a commit under way with the same id", arguments: ["COMMIT", "ROLLBACK"])
    func recordDuringCommit(end: String) throws {
        let job = sampleJob(state: "failed")
        try raw.run(
            """
            BEGIN;
            INSERT INTO jobs (id, program, state, created_at, finished_at, document)
            VALUES ('\(job.id)', 'p', 'finished', now(), now(), '{}')
            """)
        let url = url
        let isFirst = BackgroundCall { try StorageLocation(url).open().recordJob(job) }
        _ = try raw.blockedSession()
        try raw.run(end)
        #expect(try isFirst.value() == (end == "ROLLBACK"))
        #expect(try storage.job(id: job.id)?.state == (end == "ROLLBACK" ? "failed" : "finished"))
    }
}
