import Foundation
import HTTPServer
import TestSupport
import Testing

/// Each time-out is for its whole phase: a client that sends a byte now and then gains nothing.
@Suite struct TimeoutTests {
    private let request = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"

    /// The response to a client that sends `start` and then one byte every 50 ms, for a minute if nobody stops it; nil
    /// if the response comes only after that.
    private func responseToDripping(_ start: String, port: UInt16) async throws -> RawResponse? {
        let socket = try RawSocket(port: port)
        try await socket.send(start)
        let dripping = Task {
            for _ in 0..<1_200 {
                try await socket.send("x")
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        let response = try await socket.receiveResponse()
        dripping.cancel()
        // It ends with an error, of its cancellation or of the connection that was closed, unless it had ended before.
        if case .success = await dripping.result { return nil }
        return response
    }

    @Test("a head that comes too slowly is answered 408")
    func slowHead() async throws {
        try await withServer(configure: { $0.timeouts.header = .seconds(2) }) { port in
            let response = try #require(try await responseToDripping("GET /hello HTTP/1.1\r\nX: ", port: port))
            #expect(response.status == 408 && response.header("Connection") == "close")
            #expect(try code(of: response) == "request_timeout")
        }
    }

    @Test("a connection without a single byte is closed without an answer")
    func silentConnection() async throws {
        try await withServer(configure: { $0.timeouts.header = .milliseconds(200) }) { port in
            let socket = try RawSocket(port: port)
            #expect(try await socket.receiveAll() == [])
        }
    }

    @Test("a body that comes too slowly is answered 408")
    func slowBody() async throws {
        try await withServer(configure: { $0.timeouts.body = .seconds(2) }) { port in
            let head = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\n"
            let response = try #require(try await responseToDripping(head, port: port))
            #expect(response.status == 408 && response.header("Connection") == "close")
            #expect(try code(of: response) == "request_timeout")
        }
    }

    @Test("an unread body that comes too slowly ends the connection")
    func slowUnreadBody() async throws {
        try await withServer(configure: { $0.timeouts.body = .milliseconds(200) }) { port in
            let socket = try RawSocket(port: port)
            try await socket.send("POST /nope HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx")
            #expect(try await socket.receiveResponse().status == 404)
            #expect(try await socket.receiveAll() == [])
        }
    }

    @Test("an idle connection is closed, one in use is not")
    func idle() async throws {
        try await withServer(configure: { $0.timeouts.idle = .milliseconds(1_500) }) { port in
            let newConnections = try await HTTPClient.onOwnThread {
                let client = try HTTPClient(port: port)
                return try [0, 0.5, 0.5, 0.5, 0.5].map { pause in
                    Thread.sleep(forTimeInterval: pause)
                    return try client.request("GET", "/hello").newConnections
                }
            }
            #expect(newConnections == [1, 0, 0, 0, 0])

            let socket = try RawSocket(port: port)
            try await socket.send(request)
            #expect(try await socket.receiveResponse().status == 200)
            #expect(try await socket.receiveAll() == [])
        }
    }

    @Test("the time-out of a head starts with its first byte on a connection that is kept alive")
    func slowSecondHead() async throws {
        try await withServer(configure: { $0.timeouts.header = .milliseconds(300) }) { port in
            let socket = try RawSocket(port: port)
            try await socket.send(request)
            #expect(try await socket.receiveResponse().status == 200)
            try await Task.sleep(for: .milliseconds(500))
            try await socket.send("GET /he")
            #expect(try await socket.receiveResponse().status == 408)
        }
    }

    @Test("a client that does not take its response is cut off")
    func slowReader() async throws {
        let large = Route("GET", "/large") { _ in
            HTTPResponse(contentType: "a/b", bytes: [UInt8](repeating: 1, count: 64 << 20))
        }
        try await withServer(
            [large],
            configure: {
                $0.timeouts.write = .milliseconds(300)
            }
        ) { port in
            let socket = try RawSocket(port: port, receiveBuffer: 4_096)
            try await socket.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
            try await Task.sleep(for: .seconds(2))
            let received = try await socket.receiveAll().count
            #expect(received > 0 && received < 64 << 20)
        }
    }

    @Test("handlers have all the time they need")
    func slowHandler() async throws {
        let slow = Route("GET", "/slow") { _ in
            try await Task.sleep(for: .milliseconds(600))
            return HTTPResponse(contentType: "text/plain", text: "done")
        }
        try await withServer(
            [slow],
            configure: {
                $0.timeouts.header = .milliseconds(100)
                $0.timeouts.body = .milliseconds(100)
                $0.timeouts.idle = .milliseconds(100)
                $0.timeouts.write = .milliseconds(100)
            }
        ) { port in
            let response = try await exchange(port, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(response.text == "done")
        }
    }
}
