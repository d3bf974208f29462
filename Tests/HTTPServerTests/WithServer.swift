import Foundation
import HTTPServer
import Logging
import TestSupport

/// Runs a server on a free port while `body` does, with `GET /hello` and `POST /echo` (1 MiB) beside other routes.
func withServer(
    _ routes: [Route] = [], logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    observe: (@Sendable (HTTPExchange) -> Void)? = nil,
    configure: (inout HTTPServerConfiguration) -> Void = { _ in },
    _ body: (UInt16) async throws -> Void
) async throws {
    var configuration = HTTPServerConfiguration(port: 0)
    // A machine that is busy with other tests may need longer than a real client is given.
    configuration.timeouts.header = .seconds(120)
    configuration.timeouts.body = .seconds(120)
    configure(&configuration)
    let standard = [
        Route("GET", "/hello") { _ in HTTPResponse(contentType: "text/plain", text: "hello") },
        Route("POST", "/echo", bodyLimit: 1 << 20) { request in
            HTTPResponse(contentType: "application/octet-stream", bytes: try await request.body.collect())
        },
    ]
    let server = HTTPServer(
        configuration: configuration, router: Router(routes: standard + routes), logger: logger, observe: observe)
    let port = try server.start().port
    do {
        try await body(port)
    } catch {
        await server.shutdown(within: .zero)
        throw error
    }
    await server.shutdown(within: .zero)
}

/// Sends bytes on a connection of its own and returns the first response.
func exchange(_ port: UInt16, _ text: String) async throws -> RawResponse {
    let socket = try RawSocket(port: port)
    try await socket.send(text)
    return try await socket.receiveResponse()
}

/// The `code` member of a problem document.
func code(of response: RawResponse) throws -> String? {
    let document = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
    return document?["code"] as? String
}

/// Opens once; tasks wait for it without blocking a thread.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }

    func wait() async { for await _ in stream {} }
}
