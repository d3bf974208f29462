import Digests
import Foundation
import HTTPServer
import Logging
import Synchronization
import Testing

/// What callbacks are sent to: it notes them, and answers as a test says.
final class CallbackReceiver: Sendable {
    struct Callback: Sendable {
        let path: String
        let type: String?
        let signature: String?
        let traceparent: String?
        let body: [UInt8]
    }

    private struct State {
        var received: [Callback] = []
        var answer = HTTPResponse(status: 204)
    }

    static let secret = "only for receivers to know"
    let port: UInt16
    private let server: HTTPServer
    private let inbox: Inbox

    private final class Inbox: Sendable {
        let state = Mutex(State())
    }

    init() throws {
        let inbox = Inbox()
        let routes = ["/hook", "/elsewhere"].map { path in
            Route("POST", path, bodyLimit: 1 << 20) { request in
                let callback = Callback(
                    path: path, type: request.headers["Content-Type"],
                    signature: request.headers["X-Lazypages-Signature"],
                    traceparent: request.headers["traceparent"], body: try await request.body.collect())
                return inbox.state.withLock {
                    $0.received.append(callback)
                    return $0.answer
                }
            }
        }
        server = HTTPServer(
            configuration: HTTPServerConfiguration(port: 0), router: Router(routes: routes),
            logger: Logger(label: "receiver") { _ in SwiftLogNoOpLogHandler() })
        port = try server.start().port
        self.inbox = inbox
    }

    var url: String { "http://127.0.0.1:\(port)/hook" }

    var received: [Callback] { inbox.state.withLock { $0.received } }

    /// The one answer from now on.
    func answers(_ status: Int, location: String? = nil) {
        let answer = HTTPResponse(status: status, headers: location.map { ["Location": $0] } ?? [:])
        inbox.state.withLock { $0.answer = answer }
    }

    func stop() async { await server.shutdown(within: .zero) }
}

extension CallbackReceiver.Callback {
    var job: JobDocument {
        get throws {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(JobDocument.self, from: Data(body))
        }
    }

    /// Expects that it is signed as the documentation says: the receiver's way to check it.
    func expectSignature(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let signature = try #require(signature, sourceLocation: sourceLocation)
        let parts = try #require(
            signature.wholeMatch(of: /t=([0-9]+),v1=([0-9a-f]{64})/), "\(signature)", sourceLocation: sourceLocation)
        let time = try #require(Int(parts.1), sourceLocation: sourceLocation)
        #expect(abs(time - Int(Date.now.timeIntervalSince1970)) < 600, sourceLocation: sourceLocation)
        let expected = HMACSHA256.of(Array("\(time).".utf8) + body, key: Array(CallbackReceiver.secret.utf8)).hex
        #expect(parts.2 == expected, sourceLocation: sourceLocation)
    }
}
