import HTTPServer
import Logging
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct HandlerTests {
    private struct Secret: Error {}

    private let hello = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test("a thrown error is a 500 that tells nothing, and the connection goes on")
    func thrownError() async throws {
        let fails = Route("GET", "/fails") { _ in throw Secret() }
        try await withServer([fails]) { port in
            let socket = try RawSocket(port: port)
            try await socket.send("GET /fails HTTP/1.1\r\nHost: h\r\n\r\n" + hello)
            let response = try await socket.receiveResponse()
            #expect(response.status == 500 && !response.text.contains("Secret"))
            #expect(try code(of: response) == "internal_error")
            #expect(try await socket.receiveResponse().text == "hello")
        }
    }

    @Test("with all handlers busy a request is answered 503, and served again when one is done")
    func busyHandlers() async throws {
        let gate = Gate()
        let waits = Route("GET", "/waits") { _ in
            await gate.wait()
            return HTTPResponse(contentType: "text/plain", text: "waited")
        }
        try await withServer(
            [waits],
            configure: {
                $0.maxConcurrentHandlers = 2
            }
        ) { port in
            let busy = try (0..<2).map { _ in try RawSocket(port: port) }
            for socket in busy { try await socket.send("GET /waits HTTP/1.1\r\nHost: h\r\n\r\n") }
            let other = try RawSocket(port: port)
            var status = 200
            for _ in 0..<200 where status != 503 {
                try await other.send(hello)
                let response = try await other.receiveResponse()
                status = response.status
                if status == 503 {
                    #expect(response.header("Retry-After") == "1")
                    #expect(try code(of: response) == "too_many_connections")
                }
            }
            #expect(status == 503)
            gate.open()
            for socket in busy { #expect(try await socket.receiveResponse().text == "waited") }
            try await other.send(hello)
            #expect(try await other.receiveResponse().text == "hello")
        }
    }

    enum Waiting: CaseIterable {
        case beforeTheResponse, inTheStream
    }

    @Test("however many clients wait, others are served", arguments: Waiting.allCases)
    func waitingClients(waiting: Waiting) async throws {
        let gate = Gate()
        let waits = Route("GET", "/waits") { request in
            guard waiting == .beforeTheResponse else {
                let stream = AsyncThrowingStream<[UInt8], any Error> { continuation in
                    Task {
                        await gate.wait()
                        continuation.yield(Array("waited".utf8))
                        continuation.finish()
                    }
                }
                return HTTPResponse(status: 200, body: .stream(stream))
            }
            request.beginsToWait()
            // Twice is as good as once.
            request.beginsToWait()
            await gate.wait()
            return HTTPResponse(contentType: "text/plain", text: "waited")
        }
        try await withServer([waits], configure: { $0.maxConcurrentHandlers = 2 }) { port in
            let waiting = try (0..<20).map { _ in try RawSocket(port: port) }
            let other = try RawSocket(port: port)
            for socket in waiting {
                try await socket.send("GET /waits HTTP/1.1\r\nHost: h\r\n\r\n")
                try await other.send(hello)
                #expect(try await other.receiveResponse().text == "hello")
            }
            gate.open()
            for socket in waiting { #expect(try await socket.receiveResponse().text == "waited") }
        }
    }

    enum Leaving: CaseIterable {
        case close, reset
    }

    @Test("when the client goes away its handler is cancelled", arguments: Leaving.allCases)
    func clientGone(leaving: Leaving) async throws {
        let started = Gate()
        let cancelled = Gate()
        let waits = Route("GET", "/waits") { _ in
            try await withTaskCancellationHandler {
                started.open()
                try await Task.sleep(for: .seconds(60))
            } onCancel: {
                cancelled.open()
            }
            return HTTPResponse(status: 204)
        }
        let exchanges = Mutex<[HTTPExchange]>([])
        try await withServer([waits], observe: { exchange in exchanges.withLock { $0.append(exchange) } }) { port in
            var socket: RawSocket? = try RawSocket(port: port)
            // A request that waits behind this one must not hide that the client is gone.
            try await socket?.send("GET /waits HTTP/1.1\r\nHost: h\r\n\r\n" + hello)
            await started.wait()
            if leaving == .reset { socket?.reset() }
            socket = nil
            await cancelled.wait()
            for _ in 0..<500 where exchanges.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(10)) }
            #expect(exchanges.withLock { $0.first?.status } == 499)
        }
    }

    @Test("each exchange is observed once, with the route's pattern")
    func observed() async throws {
        let exchanges = Mutex<[HTTPExchange]>([])
        let item = Route("GET", "/items/{id}") { _ in HTTPResponse(status: 204) }
        try await withServer([item], observe: { exchange in exchanges.withLock { $0.append(exchange) } }) { port in
            let socket = try RawSocket(port: port)
            for target in ["GET /items/1", "GET /nope", "DELETE /hello"] {
                try await socket.send("\(target) HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = try await socket.receiveResponse()
            }
            // Counted before its response is sent: no waiting here.
            let seen = exchanges.withLock { $0 }
            #expect(seen.map(\.status) == [204, 404, 405])
            #expect(seen.map(\.route) == ["/items/{id}", nil, nil])
            #expect(seen.map(\.method) == ["GET", "GET", "DELETE"])
            #expect(seen.allSatisfy { $0.duration > 0 })
        }
    }

    @Test("a request's log line has the id of its response")
    func logged() async throws {
        let log = LogRecorder()
        try await withServer(logger: Logger(label: "test") { _ in log }) { port in
            let socket = try RawSocket(port: port)
            try await socket.send("GET /hello?q=1 HTTP/1.1\r\nHost: h\r\nX-Request-Id: given-1\r\n\r\n")
            #expect(try await socket.receiveResponse().header("X-Request-Id") == "given-1")
            try await socket.send("GET /hello HTTP/1.1\r\nHost: h\r\nX-Request-Id: no good\r\n\r\n")
            let own = try #require(try await socket.receiveResponse().header("X-Request-Id"))
            #expect(own != "no good")

            let lines = log.lines.withLock { $0 }
            #expect(lines.count == 2)
            #expect(lines.first?["request_id"] == "given-1" && lines.last?["request_id"] == "\(own)")
            #expect(lines.first?["method"] == "GET" && lines.first?["path"] == "/hello")
            #expect(lines.first?["status"].map { "\($0)" } == "200" && lines.first?["ms"] != nil)
        }
    }

    @Test("a request's log line has what its handler noted, and its place in its trace")
    func notes() async throws {
        let log = LogRecorder()
        let route = Route("GET", "/noted") { request in
            request.notes.add("job", "first")
            request.notes.add("job", "second")
            return HTTPResponse(contentType: "text/plain", text: request.trace.traceparent)
        }
        try await withServer([route], logger: Logger(label: "test") { _ in log }) { port in
            let socket = try RawSocket(port: port)
            let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            for parent in ["00-\(trace)-00f067aa0ba902b7-01", "00-\(trace)-nonsense-01"] {
                try await socket.send("GET /noted HTTP/1.1\r\nHost: h\r\ntraceparent: \(parent)\r\n\r\n")
                let answer = String(decoding: try await socket.receiveResponse().body, as: UTF8.self)
                let line = try #require(log.lines.withLock { $0.last })
                let (traceID, spanID) = (try #require(line["trace_id"]), try #require(line["span_id"]))
                #expect(answer == "00-\(traceID)-\(spanID)-01")
                #expect(("\(traceID)" == trace) == !parent.contains("nonsense"))
                #expect(spanID != "00f067aa0ba902b7")
                #expect(line["job"] == "second")
            }
        }
    }
}

/// Keeps the metadata of everything that is logged.
private final class LogRecorder: LogHandler, Sendable {
    let lines = Mutex<[Logger.Metadata]>([])

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .info }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { lines.withLock { $0.append(event.metadata ?? [:]) } }
}
