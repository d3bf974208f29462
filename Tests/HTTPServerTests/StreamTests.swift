import HTTPServer
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct StreamTests {
    private struct BrokenOff: Error {}

    private let request = "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"

    private func streaming(_ make: @escaping @Sendable () -> AsyncThrowingStream<[UInt8], any Error>) -> Route {
        Route("GET", "/stream") { _ in HTTPResponse(status: 200, body: .stream(make())) }
    }

    private func pieces(_ texts: [String]) -> Route {
        streaming {
            AsyncThrowingStream { continuation in
                for text in texts { continuation.yield(Array(text.utf8)) }
                continuation.finish()
            }
        }
    }

    @Test("a stream is sent in chunks and the connection goes on; an empty piece does not end it")
    func chunks() async throws {
        try await withServer([pieces(["one ", "", "two"])]) { port in
            let socket = try RawSocket(port: port)
            try await socket.send(request + request)
            for _ in 0..<2 {
                let response = try await socket.receiveResponse()
                #expect(response.text == "one two")
                #expect(response.header("Transfer-Encoding") == "chunked" && response.header("Content-Length") == nil)
            }
        }
    }

    @Test("HEAD of a stream has no body")
    func head() async throws {
        try await withServer([pieces(["one"])]) { port in
            let socket = try RawSocket(port: port)
            try await socket.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n" + request)
            #expect(try await socket.receiveResponse(isHead: true).header("Transfer-Encoding") == "chunked")
            #expect(try await socket.receiveResponse().text == "one")
        }
    }

    @Test("a stream to HTTP/1.0 ends with the connection")
    func http10() async throws {
        try await withServer([pieces(["one ", "two"])]) { port in
            let response = try await exchange(port, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(response.text == "one two" && response.header("Connection") == "close")
            #expect(response.header("Transfer-Encoding") == nil)
        }
    }

    @Test("each piece is sent when it is there, not when the stream ends")
    func prompt() async throws {
        let gate = Gate()
        let route = streaming {
            AsyncThrowingStream { continuation in
                continuation.yield(Array("first".utf8))
                Task {
                    await gate.wait()
                    continuation.finish()
                }
            }
        }
        try await withServer([route]) { port in
            let socket = try RawSocket(port: port)
            try await socket.send(request)
            #expect(try await socket.receive(until: "5\r\nfirst\r\n"))
            gate.open()
            #expect(try await socket.receiveResponse().text == "first")
        }
    }

    @Test("a stream that breaks off ends the connection without its last chunk")
    func brokenOff() async throws {
        let route = streaming {
            AsyncThrowingStream { continuation in
                continuation.yield(Array("part".utf8))
                continuation.finish(throwing: BrokenOff())
            }
        }
        try await withServer([route]) { port in
            let socket = try RawSocket(port: port)
            try await socket.send(request)
            let text = String(decoding: try await socket.receiveAll(), as: UTF8.self)
            #expect(text.hasSuffix("4\r\npart\r\n"))
        }
    }

    @Test("a stream waits while the client does not read, and loses nothing")
    func backPressure() async throws {
        let produced = Mutex(0)
        let pieceSize = 64 * 1_024
        let count = 512
        let route = streaming {
            AsyncThrowingStream {
                let number = produced.withLock { number in
                    number += 1
                    return number
                }
                return number > count ? nil : [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: pieceSize)
            }
        }
        try await withServer([route]) { port in
            let socket = try RawSocket(port: port, receiveBuffer: 64 * 1_024)
            try await socket.send("GET /stream HTTP/1.0\r\n\r\n")
            // Until nothing more is produced: the kernel's buffers take some megabytes.
            var ahead = 0
            while produced.withLock({ $0 }) != ahead || ahead == 0 {
                ahead = produced.withLock { $0 }
                try await Task.sleep(for: .seconds(1))
            }
            #expect(ahead < count / 2)
            let received = try await socket.receiveAll()
            let expected = (1...count).reduce(into: [UInt8]()) { bytes, number in
                bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: pieceSize)
            }
            #expect(Array(received.suffix(count * pieceSize)) == expected)
        }
    }

    @Test("when the client goes away its stream ends")
    func clientGone() async throws {
        let ended = Gate()
        let route = streaming {
            AsyncThrowingStream { continuation in
                continuation.onTermination = { _ in ended.open() }
                continuation.yield(Array("first".utf8))
            }
        }
        try await withServer([route]) { port in
            var socket: RawSocket? = try RawSocket(port: port)
            try await socket?.send(request)
            #expect(try await socket?.receive(until: "first") == true)
            socket = nil
            await ended.wait()
        }
    }
}
