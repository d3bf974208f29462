import Foundation
import HTTPServer
import Logging
import Synchronization
import TestSupport
import Testing

@Suite("Brief handlers")
struct BriefHandlerTests {
    private let threads = Threads()

    private func route(_ path: String, isBrief: Bool) -> Route {
        Route("POST", path, bodyLimit: 1 << 20, isBrief: isBrief) { [threads] request in
            threads.note("handler")
            let bytes = try await request.body.collect()
            threads.note("with its body")
            if bytes == Array("fail".utf8) { throw Unexpected() }
            return HTTPResponse(contentType: "application/octet-stream", bytes: bytes)
        }
    }

    private struct Unexpected: Error {}

    private func withRoutes(logLevel: Logger.Level, _ body: (UInt16) async throws -> Void) async throws {
        let log = Logger(label: "test") { [threads] _ in ThreadRecorder(threads: threads, logLevel: logLevel) }
        try await withServer(
            [route("/brief", isBrief: true), route("/long", isBrief: false)], logger: log,
            observe: { [threads] _ in threads.note("observer") }, body)
    }

    private func post(_ path: String, _ port: UInt16, _ body: String = "body") async throws -> RawResponse {
        try await exchange(
            port, "POST \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// The thread that reads.
    private func loop(_ port: UInt16) async throws -> UInt {
        _ = try await post("/brief", port)
        return try #require(threads.taken()["handler"])
    }

    @Test("a brief handler runs on the thread that reads, if its request is here as a whole")
    func runsOnTheLoop() async throws {
        try await withRoutes(logLevel: .error) { port in
            let loop = try await loop(port)
            for _ in 0..<3 {
                let answer = try await post("/brief", port)
                #expect(answer.body == Array("body".utf8))
                #expect(threads.taken() == ["handler": loop, "with its body": loop, "observer": loop])
                _ = try await post("/long", port)
                let long = threads.taken()
                #expect(long.count == 3 && !long.values.contains(loop))
            }
        }
    }

    @Test("a brief handler whose request is not here yet runs elsewhere")
    func waitsForItsBody() async throws {
        try await withRoutes(logLevel: .error) { port in
            let loop = try await loop(port)
            let socket = try RawSocket(port: port)
            try await socket.send("POST /brief HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo")
            while threads.count == 0 { try await Task.sleep(for: .milliseconds(1)) }
            try await socket.send("dy")
            #expect(try await socket.receiveResponse().body == Array("body".utf8))
            let seen = threads.taken()
            #expect(seen.count == 3 && !seen.values.contains(loop))
        }
    }

    @Test("nothing is logged on the thread that reads", arguments: [Logger.Level.info, .error])
    func logsElsewhere(level: Logger.Level) async throws {
        try await withRoutes(logLevel: level) { port in
            let loop = try await loop(port)
            let answers = [try await post("/brief", port), try await post("/brief", port, "fail")]
            #expect(answers.map(\.status) == [200, 500])
            let seen = threads.taken()
            #expect(seen["handler"] == loop)
            #expect(seen["log"] != nil && seen["log"] != loop)
        }
    }

    @Test("a brief handler that waits holds up no other connection")
    func othersAreServed() async throws {
        let gate = Gate()
        let waits = Route("GET", "/waits", isBrief: true) { _ in
            await gate.wait()
            return HTTPResponse(status: 204)
        }
        try await withServer([waits]) { port in
            let socket = try RawSocket(port: port)
            try await socket.send("GET /waits HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await exchange(port, "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").status == 200)
            gate.open()
            #expect(try await socket.receiveResponse().status == 204)
        }
    }
}

/// On which thread what was done last.
private final class Threads: Sendable {
    private let threads = Mutex<[String: UInt]>([:])

    var count: Int { threads.withLock { $0.count } }

    func note(_ what: String) {
        let thread = UInt(pthread_self())
        threads.withLock { $0[what] = thread }
    }

    func taken() -> [String: UInt] {
        threads.withLock { threads in
            defer { threads = [:] }
            return threads
        }
    }
}

/// Notes on which thread is logged.
private struct ThreadRecorder: LogHandler {
    let threads: Threads
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(threads: Threads, logLevel: Logger.Level) {
        self.threads = threads
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { threads.note("log") }
}
