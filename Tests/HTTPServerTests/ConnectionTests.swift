import HTTPServer
import TestSupport
import Testing

@Suite struct ConnectionTests {
    private let request = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test("pipelined requests are answered in order, however fast their handlers are")
    func pipelining() async throws {
        let wait = Route("GET", "/wait/{ms}") { request in
            let milliseconds = Int(request.parameters["ms"] ?? "") ?? 0
            try await Task.sleep(for: .milliseconds(milliseconds))
            return HTTPResponse(contentType: "text/plain", text: "\(milliseconds)")
        }
        try await withServer([wait]) { port in
            let socket = try RawSocket(port: port)
            let order = [120, 0, 60, 1]
            try await socket.send(order.map { "GET /wait/\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
            for expected in order { #expect(try await socket.receiveResponse().text == "\(expected)") }
        }
    }

    @Test("many pipelined requests are all answered")
    func longPipeline() async throws {
        try await withServer { port in
            let socket = try RawSocket(port: port)
            try await socket.send(String(repeating: request, count: 500))
            for _ in 0..<500 { #expect(try await socket.receiveResponse().text == "hello") }
        }
    }

    @Test("pipelined bodies and requests are told apart")
    func pipelinedBodies() async throws {
        try await withServer { port in
            let socket = try RawSocket(port: port)
            let post = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
            try await socket.send(post + request + post)
            for expected in ["abc", "hello", "abc"] { #expect(try await socket.receiveResponse().text == expected) }
        }
    }

    @Test("Connection: close is honoured and answered")
    func close() async throws {
        try await withServer { port in
            let socket = try RawSocket(port: port)
            try await socket.send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + request)
            let response = try await socket.receiveResponse()
            #expect(response.text == "hello" && response.header("Connection") == "close")
            #expect(try await socket.receiveAll() == [])
        }
    }

    @Test("HTTP/1.0 closes unless it is asked to keep alive, and then says so")
    func http10() async throws {
        try await withServer { port in
            let socket = try RawSocket(port: port)
            try await socket.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let kept = try await socket.receiveResponse()
            #expect(kept.text == "hello" && kept.header("Connection") == "keep-alive")
            try await socket.send("GET /hello HTTP/1.0\r\n\r\n")
            let last = try await socket.receiveResponse()
            #expect(last.text == "hello" && last.header("Connection") == "close")
            #expect(try await socket.receiveAll() == [])
        }
    }

    @Test("HEAD is answered like GET, without the body")
    func head() async throws {
        try await withServer { port in
            let socket = try RawSocket(port: port)
            try await socket.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n" + request)
            let head = try await socket.receiveResponse(isHead: true)
            #expect(head.status == 200 && head.header("Content-Length") == "5")
            #expect(try await socket.receiveResponse().text == "hello")
        }
    }

    @Test("a request that comes byte by byte is served")
    func byteByByte() async throws {
        try await withServer { port in
            let socket = try RawSocket(port: port)
            for byte in request.utf8 { try await socket.send([byte]) }
            #expect(try await socket.receiveResponse().text == "hello")
        }
    }

    @Test("over the maximum of connections the answer is 503; a closed one makes room")
    func maximum() async throws {
        try await withServer(configure: { $0.maxConnections = 2 }) { port in
            let kept = try RawSocket(port: port)
            var leaving: RawSocket? = try RawSocket(port: port)
            for socket in [kept, leaving] {
                try await socket?.send(request)
                #expect(try await socket?.receiveResponse().status == 200)
            }
            let surplus = try RawSocket(port: port)
            try await surplus.send(request)
            let response = try await surplus.receiveResponse()
            #expect(response.status == 503 && response.header("Retry-After") == "1")
            #expect(response.header("Connection") == "close")
            #expect(try code(of: response) == "too_many_connections")
            #expect(try await surplus.receiveAll() == [])

            leaving = nil
            var status = 503
            for _ in 0..<200 where status == 503 {
                status = try await exchange(port, request).status
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(status == 200)
            try await kept.send(request)
            #expect(try await kept.receiveResponse().status == 200)
        }
    }

    @Test("a client that only closed its own side still gets its answer")
    func halfClosed() async throws {
        try await withServer { port in
            let socket = try RawSocket(port: port)
            try await socket.send(request)
            socket.closeWriting()
            #expect(try await socket.receiveResponse().text == "hello")
            #expect(try await socket.receiveAll() == [])
        }
    }

    @Test("hundreds of connections at once are served")
    func manyConnections() async throws {
        try await withServer { port in
            let sockets = try (0..<200).map { _ in try RawSocket(port: port) }
            for socket in sockets { try await socket.send(request) }
            for socket in sockets { #expect(try await socket.receiveResponse().text == "hello") }
        }
    }
}
