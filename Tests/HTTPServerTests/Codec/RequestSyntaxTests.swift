import Testing

@testable import HTTPServer

@Suite struct RequestSyntaxTests {
    @Test(
        "a bad request line is refused",
        arguments: [
            ("GET /", 400), ("GET  / HTTP/1.1", 400), ("GET / HTTP/1.1 ", 400), (" GET / HTTP/1.1", 400),
            ("G@T / HTTP/1.1", 400), ("GET / http/1.1", 400), ("GET / HTTP/1", 400), ("GET / HTTP/11.1", 400),
            ("GET / HTTP/2.0", 505), ("GET / HTTP/1.2", 505), ("GET / HTTP/0.9", 505), ("GET x HTTP/1.1", 400),
            ("CONNECT host:80 HTTP/1.1", 400), ("GET /\u{E9} HTTP/1.1", 400), ("GET /#f HTTP/1.1", 400),
            ("GET /%zz HTTP/1.1", 400), ("GET /%4 HTTP/1.1", 400), ("GET /%00 HTTP/1.1", 400),
            ("GET /%ff HTTP/1.1", 400), ("GET /\tx HTTP/1.1", 400), ("GET /\u{0} HTTP/1.1", 400), ("\r", 400),
        ])
    func requestLine(line: String, status: Int) {
        #expect(decodeAll("\(line)\r\nHost: h\r\n\r\n").error?.status == status)
    }

    @Test(
        "a bad header field is refused",
        arguments: [
            "X : y", "X", ": y", " X: y", "\tX: y", "X: y\r\n folded", "X: y\r\n\tfolded", "X: a\rb", "X: a\u{0}b",
            "X: a\u{7F}b", "X: a\u{1}b", "X: a\nY: b", "X(: y", "X\u{E9}: y", "X: y\n",
        ])
    func headerField(field: String) {
        let error = decodeAll("GET / HTTP/1.1\r\nHost: h\r\n\(field)\r\n\r\n").error
        #expect(error?.status == 400 && error?.code == "bad_request")
    }

    @Test("Host is needed exactly once, on HTTP/1.0 at most once")
    func host() {
        #expect(decodeAll("GET / HTTP/1.1\r\n\r\n").error?.status == 400)
        #expect(decodeAll("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n").error?.status == 400)
        #expect(decodeAll("GET / HTTP/1.0\r\nHost: a\r\nhost: a\r\n\r\n").error?.status == 400)
        #expect(decodeAll("GET / HTTP/1.0\r\n\r\n").error == nil)
    }

    @Test(
        "framing that two readers could understand in two ways is refused",
        arguments: [
            (["Content-Length: 5", "Content-Length: 5"], 400), (["Content-Length: 5, 5"], 400),
            (["Content-Length: +5"], 400), (["Content-Length: -1"], 400), (["Content-Length: 5 5"], 400),
            (["Content-Length: 0x5"], 400), (["Content-Length:"], 400), (["Content-Length: 5a"], 400),
            (["Content-Length: 9223372036854775808"], 400), (["Content-Length: 99999999999999999999999"], 400),
            (["Content-Length: 5", "Transfer-Encoding: chunked"], 400), (["Transfer-Encoding: chunked, chunked"], 400),
            (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], 400), (["Transfer-Encoding:"], 400),
            (["Transfer-Encoding: ,chunked"], 400), (["Transfer-Encoding: gzip"], 501),
            (["Transfer-Encoding: gzip, chunked"], 501), (["Transfer-Encoding: identity"], 501),
            (["Transfer-Encoding: xchunked"], 501), (["Transfer-Encoding: chunked;q=1"], 501),
        ])
    func framing(fields: [String], status: Int) {
        let error = decodeAll("POST / HTTP/1.1\r\nHost: h\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n").error
        #expect(error?.status == status)
    }

    @Test("HTTP/1.0 knows no Transfer-Encoding")
    func chunkedOnHTTP10() {
        #expect(decodeAll("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").error?.status == 400)
    }

    @Test(
        "only the expectation 100-continue is met",
        arguments: [("100-continue", nil), ("100-Continue", nil), ("x", 417), ("100-continue, x", 417), ("", 417)])
    func expectation(value: String, status: Int?) {
        let decoded = decodeAll("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: \(value)\r\n\r\n")
        #expect(decoded.error?.status == status)
    }

    @Test(
        "the absolute form is taken as its path",
        arguments: [("http://h", "/"), ("http://h/a", "/a"), ("https://h:1/a?b", "/a"), ("http://h?b", "/")])
    func absoluteForm(target: String, path: String) throws {
        let decoded = decodeAll("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try #require(decoded.requests.first).head.line.target.path == path)
    }

    @Test("a path's segments keep an encoded slash and the empty last one")
    func segments() throws {
        let decoded = decodeAll("GET /a%2Fb/ HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try #require(decoded.requests.first).head.line.target.segments == ["a/b", ""])
    }
}
