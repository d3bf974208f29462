import Foundation
import Testing

@testable import HTTPServer

@Suite struct ResponseHeadTests {
    private func encode(
        _ response: HTTPResponse, version: HTTPVersion = .http11, keepAlive: Bool = true
    ) -> String {
        let head = ResponseHead(
            status: response.status, headers: response.headers, framing: ResponseFraming(response, version: version),
            keepAlive: keepAlive, version: version, requestID: "id", date: "then")
        return String(decoding: head.encoded(), as: UTF8.self)
    }

    private let stream = HTTPResponse.Body.stream(AsyncThrowingStream { $0.finish() })

    @Test("a response has a length, chunks, or the end of the connection: never two of them")
    func framing() {
        #expect(
            encode(HTTPResponse(contentType: "a/b", text: "xyz"))
                == "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 3\r\nDate: then\r\nX-Request-Id: id\r\n\r\n"
        )
        let contradictory: HTTPHeaders = ["content-length": "9", "Transfer-Encoding": "gzip", "connection": "x"]
        #expect(
            encode(HTTPResponse(status: 200, headers: contradictory, body: stream), keepAlive: false)
                == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nDate: then\r\n"
                + "X-Request-Id: id\r\n\r\n")
        let old = encode(HTTPResponse(status: 200, body: stream), version: .http10)
        #expect(!old.contains("Transfer-Encoding") && !old.contains("Content-Length"))
        let empty = encode(HTTPResponse(status: 204, body: .bytes([1])))
        #expect(!empty.contains("Content-Length"))
    }

    @Test("a field cannot be used to write other fields")
    func injection() {
        let text = encode(HTTPResponse(status: 200, headers: ["Location": "/a\r\nEvil: 1", "Bad Name": "x"]))
        #expect(text.contains("Location: /a  Evil: 1\r\n"))
        #expect(!text.contains("Bad Name"))
    }

    @Test("dates have the fixed form of HTTP")
    func date() {
        #expect(HTTPDate.format(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.format(1_709_208_005) == "Thu, 29 Feb 2024 12:00:05 GMT")
    }

    @Test(
        "only a request id that is safe to repeat is taken from the caller",
        arguments: [
            ("abc-1.2_3:4", true), ("", false), ("a b", false), ("a\"b", false),
            (String(repeating: "a", count: 128), true),
            (String(repeating: "a", count: 129), false), ("é", false),
        ])
    func requestID(id: String, isSane: Bool) {
        #expect((RequestIDSequence.sane(id) == id) == isSane)
    }
}
