import Testing
import TestSupport

/// What is refused before any handler sees it: answered with a problem document, then the connection is closed.
@Suite struct RefusalTests {
    private static let long = String(repeating: "a", count: 9_000)
    private static let fields = (0..<101).map { "X-\($0): y\r\n" }.joined()

    private static let refused: [(what: String, request: String, status: Int, code: String)] = [
        ("a request line over 8 KiB", "GET /\(long) HTTP/1.1\r\nHost: h\r\n\r\n", 414, "uri_too_long"),
        (
            "a header section over 32 KiB",
            "GET /hello HTTP/1.1\r\nHost: h\r\n\(String(repeating: "X: \(long)\r\n", count: 4))\r\n",
            431, "header_fields_too_large"
        ),
        ("over 100 fields", "GET /hello HTTP/1.1\r\n\(fields)\r\n", 431, "header_fields_too_large"),
        (
            "two lengths", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
            400, "bad_request"
        ),
        (
            "length and chunks",
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400, "bad_request"
        ),
        (
            "an unknown coding", "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
            501, "not_implemented"
        ),
        (
            "chunks on HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400, "bad_request"
        ),
        ("a folded field", "GET /hello HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400, "bad_request"),
        ("a bare line feed", "GET /hello HTTP/1.1\nHost: h\n\n", 400, "bad_request"),
        ("no Host", "GET /hello HTTP/1.1\r\n\r\n", 400, "bad_request"),
        ("two Hosts", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "bad_request"),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http_version_not_supported"),
        (
            "an expectation", "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: magic\r\nContent-Length: 1\r\n\r\n",
            417, "expectation_failed"
        ),
        (
            "a bad chunk", "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            400, "bad_request"
        ),
        (
            "a chunk longer than it says",
            "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
            400, "bad_request"
        ),
    ]

    @Test("bad requests are answered with their status and code, and end the connection", arguments: refused.indices)
    func refusal(index: Int) async throws {
        let (what, request, status, expectedCode) = Self.refused[index]
        try await withServer { port in
            let socket = try RawSocket(port: port)
            // What follows a bad request must never be taken for a request.
            try await socket.send(request + "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n")
            let response = try await socket.receiveResponse()
            #expect(response.status == status, "\(what)")
            #expect(try code(of: response) == expectedCode, "\(what)")
            #expect(response.header("Content-Type") == "application/problem+json")
            #expect(response.header("Connection") == "close")
            #expect(response.header("X-Request-Id")?.isEmpty == false)
            #expect(try await socket.receiveAll() == [], "\(what)")
        }
    }

    @Test("a refused request keeps the caller's id where its fields were read")
    func requestID() async throws {
        try await withServer { port in
            let response = try await exchange(port, "GET /hello HTTP/1.1\r\nX-Request-Id: mine\r\n\r\n")
            #expect(response.status == 400 && response.header("X-Request-Id") == "mine")
            #expect(response.text.contains("\"request_id\":\"mine\""))
        }
    }

    @Test("a wrong method is told the right ones, an unknown path is not found")
    func routing() async throws {
        try await withServer { port in
            let wrong = try await exchange(port, "DELETE /hello HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(wrong.status == 405 && wrong.header("Allow") == "GET, HEAD")
            #expect(try code(of: wrong) == "method_not_allowed")
            let unknown = try await exchange(port, "GET /nope HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(unknown.status == 404)
            #expect(try code(of: unknown) == "not_found")
        }
    }
}
