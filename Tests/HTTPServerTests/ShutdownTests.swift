import HTTPServer
import Logging
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct ShutdownTests {
    private let request = "GET /waits HTTP/1.1\r\nHost: h\r\n\r\n"

    /// A server whose one route waits for `gate`, cancelled or not, after it has opened `started`.
    private func server(waitingFor gate: Gate, started: Gate) -> HTTPServer {
        let waits = Route("GET", "/waits") { _ in
            started.open()
            await gate.wait()
            return HTTPResponse(contentType: "text/plain", text: "waited")
        }
        var configuration = HTTPServerConfiguration(port: 0)
        // Longer than the tests: only the shutdown can close an idle connection.
        configuration.timeouts.header = .seconds(600)
        return HTTPServer(
            configuration: configuration, router: Router(routes: [waits]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("idle connections close at once, requests in flight finish, nobody new gets in")
    func graceful() async throws {
        let gate = Gate()
        let started = Gate()
        let server = server(waitingFor: gate, started: started)
        let port = try server.start().port
        let idle = try RawSocket(port: port)
        let busy = try RawSocket(port: port)
        try await busy.send(request + request)
        await started.wait()

        async let stopped: Void = server.shutdown(within: .seconds(60))
        #expect(try await idle.receiveAll() == [])
        #expect(throws: RawSocket.Failure.systemCall("connect", errno: 111)) { _ = try RawSocket(port: port) }
        gate.open()
        let response = try await busy.receiveResponse()
        #expect(response.text == "waited" && response.header("Connection") == "close")
        // The second request was not begun, and its connection ends.
        #expect(try await busy.receiveAll() == [])
        await stopped
    }

    @Test("it returns as soon as nothing is left, long before its limit")
    func returnsEarly() async throws {
        let server = server(waitingFor: Gate(), started: Gate())
        let port = try server.start().port
        let idle = try RawSocket(port: port)
        let began = ContinuousClock.now
        await server.shutdown(within: .seconds(600))
        #expect(ContinuousClock.now - began < .seconds(60))
        #expect(try await idle.receiveAll() == [])
    }

    @Test("at its limit what is left is closed and its handler cancelled")
    func hardStop() async throws {
        let gate = Gate()
        let started = Gate()
        let server = server(waitingFor: gate, started: started)
        let busy = try RawSocket(port: try server.start().port)
        try await busy.send(request)
        await started.wait()
        // The gate stays shut: only cancellation lets the handler go on.
        await server.shutdown(within: .milliseconds(100))
        #expect(try await busy.receiveAll() == [])
    }

    @Test("stopping twice, or before the start, does no harm")
    func twice() async throws {
        let server = server(waitingFor: Gate(), started: Gate())
        await server.shutdown(within: .zero)
        _ = try server.start()
        async let first: Void = server.shutdown(within: .seconds(5))
        async let second: Void = server.shutdown(within: .seconds(5))
        _ = await (first, second)
        await server.shutdown(within: .seconds(5))
    }
}
