import Testing

@testable import HTTPServer

@Suite struct RequestDecoderTests {
    static let pipeline = """
        POST /a%20b/c?x=1&y=%C3%A9&flag HTTP/1.1\r\nHost: h\r\ncontent-length: 5\r\nX-Empty:\r\nX-Pad: \t v \r\n\r\nhello\
        POST /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n\
        5;ext=1\r\nhello\r\n00A\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n\
        \r\nGET / HTTP/1.0\r\n\r\n
        """

    @Test("requests decode alike whether they come at once or in pieces", arguments: [1, 2, 3, 7, 64, .max])
    func pieces(size: Int) throws {
        let decoded = decodeAll(Self.pipeline, pieceSize: size)
        #expect(decoded.error == nil && !decoded.isIncomplete)
        try #require(decoded.requests.count == 3)

        let first = decoded.requests[0]
        #expect(first.head.line.method == "POST" && first.head.line.target.path == "/a%20b/c")
        #expect(first.head.line.target.segments == ["a b", "c"])
        #expect(first.head.line.target.query.map(\.name) == ["x", "y", "flag"])
        #expect(first.head.line.target.query.map(\.value) == ["1", "é", ""])
        #expect(first.head.headers["x-empty"] == "" && first.head.headers["X-PAD"] == "v")
        #expect(first.body == Array("hello".utf8))
        #expect(first.head.keepAlive)

        #expect(decoded.requests[1].body == Array("hello0123456789".utf8))
        #expect(decoded.requests[2].head.line.version == .http10)
        #expect(!decoded.requests[2].head.keepAlive)
    }

    @Test(
        "the Connection field and the version decide whether the connection stays",
        arguments: [
            ("1.1", "", true), ("1.1", "Connection: close", false), ("1.1", "Connection: x, Close", false),
            ("1.1", "Connection: keep-alive", true), ("1.0", "", false), ("1.0", "Connection: Keep-Alive", true),
            ("1.0", "Connection: keep-alive, close", false),
        ])
    func keepAlive(version: String, field: String, expected: Bool) throws {
        let line = field.isEmpty ? "" : field + "\r\n"
        let decoded = decodeAll("GET / HTTP/\(version)\r\nHost: h\r\n\(line)\r\n")
        #expect(try #require(decoded.requests.first).head.keepAlive == expected)
    }

    @Test("a head is not taken for complete before its empty line")
    func incompleteHead() {
        let text = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
        for count in 1..<text.utf8.count {
            let decoded = decodeAll(Array(text.utf8.prefix(count)))
            #expect(decoded.requests.isEmpty && decoded.error == nil && decoded.isIncomplete, "\(count) bytes")
        }
    }

    @Test("a long line that comes byte by byte is searched once, not again for every byte", .timeLimit(.minutes(1)))
    func linearSearch() {
        var limits = HTTPServerConfiguration.Limits()
        limits.headerSectionBytes = 1 << 20
        let line = "GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "a", count: 200_000) + "\r\n\r\n"
        // Were it searched anew for each byte, these would be 20,000,000,000 steps.
        let decoded = decodeAll(Array(line.utf8), pieceSize: 1, limits: limits)
        #expect(decoded.requests.first?.head.headers["X"]?.utf8.count == 200_000)
    }

    @Test("limits hold exactly at their last byte")
    func exactLimits() {
        var limits = HTTPServerConfiguration.Limits()
        limits.requestLineBytes = "GET / HTTP/1.1".utf8.count
        limits.headerSectionBytes = "Host: h\r\n".utf8.count
        limits.headerFields = 1
        func status(_ text: String) -> Int? { decodeAll(Array(text.utf8), limits: limits).error?.status }
        #expect(status("GET / HTTP/1.1\r\nHost: h\r\n\r\n") == nil)
        #expect(status("GET /x HTTP/1.1\r\nHost: h\r\n\r\n") == 414)
        #expect(status("GET /x HTTP/1.11") == 414)
        #expect(status("GET / HTTP/1.1\r\nHost: hh\r\n\r\n") == 431)
        #expect(status("GET / HTTP/1.1\r\nHost: hhhhh") == 431)
        limits.headerSectionBytes = 100
        #expect(status("GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n") == 431)
    }
}
