import Digests
import Foundation
import HTTPServer
import Logging
import PageStorage
import Synchronization
import Testing

@testable import Callbacks

/// What a receiver was sent.
private final class Received: Sendable {
    private let requests = Mutex<[(headers: HTTPHeaders, body: [UInt8])]>([])

    var all: [(headers: HTTPHeaders, body: [UInt8])] { requests.withLock { $0 } }

    func add(_ headers: HTTPHeaders, _ body: [UInt8]) { requests.withLock { $0.append((headers, body)) } }
}

@Suite("Delivering callbacks", .timeLimit(.minutes(3)))
final class CallbackDeliveryTests: Sendable {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "lazypages-callbacks-\(UUID())")
    private let document = Array(#"{"id":"x","state":"finished"}"#.utf8)
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A receiver on this machine that gives one answer to all.
    private func withReceiver(
        _ answer: HTTPResponse, _ body: (_ port: UInt16, _ received: Received) async throws -> Void
    ) async throws {
        let received = Received()
        let hook = Route("POST", "/hook", bodyLimit: 1 << 20) { request in
            received.add(request.headers, try await request.body.collect())
            return answer
        }
        let server = HTTPServer(
            configuration: HTTPServerConfiguration(port: 0), router: Router(routes: [hook]), logger: logger)
        let port = try server.start().port
        do { try await body(port, received) } catch {
            await server.shutdown(within: .zero)
            throw error
        }
        await server.shutdown(within: .zero)
    }

    /// A storage that holds a job with a callback which is due.
    private func storage(url: String) async throws -> (StoragePool, job: String) {
        let pool = StoragePool(location: .sqlite(path: folder.appending(path: "jobs.db").path), connections: 2)
        let job = "0193e5a0-1b2c-7d3e-8f40-a1b2c3d4e5f6"
        let (document, server) = (document, ServerID(bytes: Array(repeating: 1, count: 16)))
        try await pool.withStorage { (storage) throws(StorageError) in
            try storage.migrate()
            let key = ProgramKey(bytes: Array(repeating: 2, count: 16))
            _ = try storage.createProgram(
                NewProgram(
                    id: "p", key: key, codeHash: String(repeating: "00", count: 32), code: [1], memorySize: 1,
                    memoryMaximum: 1, stackEnd: 0, interface: "{}", labels: "{}", createdAt: 0))
            _ = try storage.registerServer(server, leaseMs: 60_000)
            _ = try storage.postJobs(
                [PostedJob(id: job, program: "p", key: key, request: [], callbackURL: url, intent: .take)],
                by: server, wakesOthers: false)
            _ = try storage.recordJob(
                JobRecord(
                    id: job, program: "p", state: "finished", outcome: "success", createdAt: 0, finishedAt: 0,
                    document: document), claim: server)
        }
        return (pool, job)
    }

    private func delivery(_ pool: StoragePool, _ policy: CallbackPolicy) -> CallbackDelivery {
        CallbackDelivery(storage: pool, policy: policy, secret: Array("secret".utf8), logger: logger)
    }

    private func callback(_ pool: StoragePool, _ job: String) async throws -> CallbackRecord? {
        try await pool.withStorage { (storage) throws(StorageError) in try storage.callback(of: job) }
    }

    private let local = CallbackPolicy(allowedHosts: ["127.0.0.1", "localhost"], allowsPrivateAddresses: true)

    @Test("the job's document is posted and signed, once")
    func delivered() async throws {
        try await withReceiver(HTTPResponse(status: 204)) { port, received in
            let (pool, job) = try await storage(url: "http://127.0.0.1:\(port)/hook")
            let delivery = delivery(pool, local)
            #expect(await delivery.deliverDue() == 1)
            #expect(await delivery.deliverDue() == 0)
            let request = try #require(received.all.first)
            #expect(received.all.count == 1)
            #expect(request.body == document)
            #expect(request.headers["Content-Type"] == "application/json")
            let signature = try #require(request.headers["X-Lazypages-Signature"])
            let parts = signature.split(separator: ",").map(String.init)
            let time = try #require(Int(parts[0].dropFirst(2)))
            #expect(abs(time - Glibc.time(nil)) < 600)
            let expected = HMACSHA256.of(Array("\(time).".utf8) + document, key: Array("secret".utf8)).hex
            #expect(parts == ["t=\(time)", "v1=\(expected)"])
            let record = try #require(try await callback(pool, job))
            #expect(record.state == .delivered && record.attempts == 1 && record.lastAttempt?.status == 204)
        }
    }

    @Test("what is not answered well is tried again later", arguments: [300, 302, 404, 500])
    func refused(status: Int) async throws {
        let redirect = HTTPResponse(status: status, headers: ["Location": "http://127.0.0.1:1/hook"])
        try await withReceiver(redirect) { port, received in
            let (pool, job) = try await storage(url: "http://127.0.0.1:\(port)/hook")
            let delivery = delivery(pool, local)
            #expect(await delivery.deliverDue() == 1)
            #expect(await delivery.deliverDue() == 0, "not at once")
            #expect(received.all.count == 1, "a redirect is not followed")
            let record = try #require(try await callback(pool, job))
            #expect(record.state == .waiting && record.attempts == 1)
            #expect(record.lastAttempt?.status == status)
            #expect(record.lastAttempt?.failure?.contains("\(status)") == true)
        }
    }

    @Test("a receiver that is gone for good is not asked again")
    func gone() async throws {
        try await withReceiver(HTTPResponse(status: 410)) { port, _ in
            let (pool, job) = try await storage(url: "http://127.0.0.1:\(port)/hook")
            _ = await delivery(pool, local).deliverDue()
            #expect(try await callback(pool, job)?.state == .failed)
        }
    }

    @Test(
        "a host whose address is private is not connected to, whatever its name", arguments: ["127.0.0.1", "localhost"])
    func privateAddress(host: String) async throws {
        try await withReceiver(HTTPResponse(status: 204)) { port, received in
            let (pool, job) = try await storage(url: "http://\(host):\(port)/hook")
            var policy = local
            policy.allowsPrivateAddresses = false
            _ = await delivery(pool, policy).deliverDue()
            #expect(received.all.isEmpty)
            let record = try #require(try await callback(pool, job))
            #expect(record.attempts == 1 && record.lastAttempt?.status == nil)
            #expect(record.lastAttempt?.failure?.contains("address") == true)
        }
    }

    @Test("a host that is not allowed any more is not called")
    func notAllowedAnyMore() async throws {
        try await withReceiver(HTTPResponse(status: 204)) { port, received in
            let (pool, job) = try await storage(url: "http://127.0.0.1:\(port)/hook")
            let policy = CallbackPolicy(allowedHosts: ["example.com"], allowsPrivateAddresses: true)
            _ = await delivery(pool, policy).deliverDue()
            #expect(received.all.isEmpty)
            #expect(try await callback(pool, job)?.lastAttempt?.failure?.contains("host") == true)
        }
    }

    @Test("nobody there is a failure that says so")
    func nobody() async throws {
        let (pool, job) = try await storage(url: "http://127.0.0.1:1/hook")
        _ = await delivery(pool, local).deliverDue()
        let record = try #require(try await callback(pool, job))
        #expect(record.lastAttempt?.status == nil && record.lastAttempt?.failure?.isEmpty == false)
    }

    @Test("an answer without end is not read to its end")
    func endlessAnswer() async throws {
        let endless = AsyncThrowingStream<[UInt8], any Error> { [UInt8](repeating: 65, count: 16 << 10) }
        try await withReceiver(HTTPResponse(status: 200, body: .stream(endless))) { port, _ in
            let (pool, job) = try await storage(url: "http://127.0.0.1:\(port)/hook")
            _ = await delivery(pool, local).deliverDue()
            #expect(try await callback(pool, job)?.state == .delivered)
        }
    }

    @Test("a receiver that says nothing is given up when the time is over")
    func timeout() async throws {
        let silent = AsyncThrowingStream<[UInt8], any Error> {
            try await Task.sleep(for: .seconds(600))
            return nil
        }
        try await withReceiver(HTTPResponse(status: 200, body: .stream(silent))) { port, _ in
            let request = CallbackRequest(
                url: "http://127.0.0.1:\(port)/hook", headers: [], body: [], allowsPrivateAddresses: true,
                timeout: .milliseconds(300))
            #expect(throws: CallbackRequest.Failure.self) { try request.send() }
        }
    }

    @Test("pauses grow, and eight tries take hours")
    func pauses() {
        let delays = (1..<CallbackDelivery.mostTries).map { CallbackDelivery.delayMs(afterTries: $0) }
        #expect(zip(delays, delays.dropFirst()).dropLast().allSatisfy { $0 < $1 })
        #expect((7_500...12_500).contains(delays[0]))
        #expect((3 * 3_600_000...12 * 3_600_000).contains(delays.reduce(0, +)))
    }

    @Test("the signature is HMAC-SHA256 of RFC 4231's second case")
    func hmac() {
        let code = HMACSHA256.of(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)).hex
        #expect(code == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }
}
