import HTTPServer
import Synchronization
import TestSupport
import Testing

@Suite struct BodyTests {
    private let next = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"

    private func post(_ path: String, _ fields: String, _ body: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n\(body)"
    }

    @Test("bodies with a length and in chunks reach the handler")
    func echo() async throws {
        try await withServer { port in
            let counted = try await exchange(port, post("/echo", "Content-Length: 5", "hello"))
            #expect(counted.text == "hello")
            let chunks = "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"
            let chunked = try await exchange(port, post("/echo", "Transfer-Encoding: chunked", chunks))
            #expect(chunked.text == "hello!")
        }
    }

    @Test("a Content-Length over the route's limit is refused without reading")
    func lengthOverLimit() async throws {
        try await withServer { port in
            // Not one byte of the body is sent, and yet the answer comes.
            let response = try await exchange(port, post("/echo", "Content-Length: 1048577"))
            #expect(response.status == 413 && response.header("Connection") == "close")
            #expect(try code(of: response) == "content_too_large")
        }
    }

    @Test("chunks over the route's limit are refused while they come")
    func chunksOverLimit() async throws {
        let small = Route("POST", "/small", bodyLimit: 8) { request in
            HTTPResponse(contentType: "text/plain", bytes: try await request.body.collect())
        }
        try await withServer([small]) { port in
            let socket = try RawSocket(port: port)
            try await socket.send(post("/small", "Transfer-Encoding: chunked", "8\r\n12345678\r\n"))
            try await socket.send("100000\r\n9")
            let response = try await socket.receiveResponse()
            #expect(response.status == 413 && response.header("Connection") == "close")
        }
    }

    @Test(
        "a body that is cut short is an error, never a short success",
        arguments: [("Content-Length: 10", "12345"), ("Transfer-Encoding: chunked", "5\r\n12345\r\n")])
    func truncated(field: String, part: String) async throws {
        try await withServer { port in
            let socket = try RawSocket(port: port)
            try await socket.send(post("/echo", field, part))
            socket.closeWriting()
            let response = try await socket.receiveResponse()
            #expect(response.status == 400 && response.header("Connection") == "close")
            #expect(try code(of: response) == "bad_request")
        }
    }

    @Test("100 Continue is sent when the handler asks for the body, not before")
    func expectContinue() async throws {
        let gate = Gate()
        let slow = Route("POST", "/slow", bodyLimit: 100) { request in
            await gate.wait()
            return HTTPResponse(contentType: "text/plain", bytes: try await request.body.collect())
        }
        try await withServer([slow]) { port in
            let socket = try RawSocket(port: port)
            try await socket.send(post("/slow", "Content-Length: 5\r\nExpect: 100-continue"))
            // Another request is answered in between: had the interim response not waited, it would be here.
            _ = try await exchange(port, next)
            #expect(try await socket.hasReceivedNothing())
            gate.open()
            #expect(try await socket.receiveResponse().status == 100)
            try await socket.send("hello" + next)
            #expect(try await socket.receiveResponse().text == "hello")
            #expect(try await socket.receiveResponse().text == "hello")
        }
    }

    @Test("a client that was not told to continue is answered and its connection closed")
    func refusedExpectation() async throws {
        try await withServer { port in
            let socket = try RawSocket(port: port)
            try await socket.send(post("/nope", "Content-Length: 5\r\nExpect: 100-continue"))
            let response = try await socket.receiveResponse()
            #expect(response.status == 404 && response.header("Connection") == "close")
            #expect(try await socket.receiveAll() == [])
        }
    }

    private static let unread: [(field: String, body: String)] = [
        ("Content-Length: 37", "GET /hello HTTP/1.1\r\nHost: smuggled\r\n"),
        ("Transfer-Encoding: chunked", "25\r\nGET /hello HTTP/1.1\r\nHost: smuggled\r\n\r\n0\r\n\r\n"),
    ]

    @Test("a small body that nobody read is dropped, and never taken for a request", arguments: unread.indices)
    func unreadBody(index: Int) async throws {
        let (field, body) = Self.unread[index]
        try await withServer { port in
            let socket = try RawSocket(port: port)
            try await socket.send(post("/nope", field))
            #expect(try await socket.receiveResponse().status == 404)
            try await socket.send(body + next)
            #expect(try await socket.receiveResponse().text == "hello")
            #expect(try await socket.hasReceivedNothing())
        }
    }

    @Test("a large body that nobody read ends the connection, and its sender is not cut off before it has the answer")
    func largeUnreadBody() async throws {
        try await withServer(configure: { $0.timeouts.linger = .seconds(60) }) { port in
            let socket = try RawSocket(port: port)
            try await socket.send(post("/nope", "Content-Length: 1000000"))
            #expect(try await socket.receive(until: "Connection: close"))
            // A careless close would reset the connection at the first of these, and the next would fail.
            for _ in 0..<3 {
                try await socket.send([UInt8](repeating: 0x61, count: 100_000))
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try await socket.receiveResponse().status == 404)
            socket.closeWriting()
            #expect(try await socket.receiveAll() == [])
        }
    }

    @Test("unread chunks over the cap end the connection")
    func largeUnreadChunks() async throws {
        try await withServer { port in
            let socket = try RawSocket(port: port)
            try await socket.send(post("/nope", "Transfer-Encoding: chunked"))
            #expect(try await socket.receiveResponse().status == 404)
            try? await socket.send("30000\r\n" + String(repeating: "a", count: 0x30000) + "\r\n0\r\n\r\n" + next)
            #expect(try await socket.receiveAll() == [])
        }
    }

    @Test("a body may be asked for twice, and after the response not at all")
    func collectTwice() async throws {
        let kept = Mutex<HTTPBody?>(nil)
        let twice = Route("POST", "/twice", bodyLimit: 100) { request in
            let body = request.body
            kept.withLock { $0 = body }
            async let first = body.collect()
            async let second = body.collect()
            let parts = try await first + second
            return HTTPResponse(contentType: "text/plain", bytes: parts)
        }
        let unread = Route("POST", "/unread", bodyLimit: 100) { request in
            let body = request.body
            kept.withLock { $0 = body }
            return HTTPResponse(status: 204)
        }
        try await withServer([twice, unread]) { port in
            let socket = try RawSocket(port: port)
            try await socket.send(post("/twice", "Content-Length: 5"))
            try await socket.send("hello")
            #expect(try await socket.receiveResponse().text == "hellohello")
            try await socket.send(post("/unread", "Content-Length: 5"))
            #expect(try await socket.receiveResponse().status == 204)
            await #expect(throws: HTTPError.self) { _ = try await kept.withLock { $0 }?.collect() }
        }
    }
}
