import Testing

@testable import HTTPServer

@Suite struct ChunkedBodyTests {
    private func decode(_ chunks: String) -> Decoded {
        decodeAll("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    }

    @Test(
        "chunks that break the rules are refused",
        arguments: [
            "\r\n", "x\r\n", "-1\r\n", "+1\r\na\r\n", "0x1\r\na\r\n", " 1\r\na\r\n", "1 \r\na\r\n", "1\na\r\n",
            "1\r\nab\r\n", "1\r\na\n", "1\r\naX\r\n", "8000000000000000\r\n", "fffffffffffffffff\r\n",
            "1;\u{0}\r\na\r\n",
            "0\r\nbad trailer\r\n\r\n", "0\r\n folded: x\r\n\r\n", "0\r\nX: y\n\r\n", "1\r\na\r\n\r\n",
        ])
    func badChunks(chunks: String) {
        let decoded = decode(chunks)
        #expect(decoded.error?.status == 400 && decoded.requests.isEmpty)
    }

    @Test("size lines, extensions and trailers are limited")
    func limits() {
        #expect(decode("1;" + String(repeating: "x", count: 300)).error?.status == 400)
        #expect(decode("0\r\nX: " + String(repeating: "x", count: 9_000)).error?.status == 400)
        #expect(decode("0\r\n" + String(repeating: "X: y\r\n", count: 2_000)).error?.status == 400)
        let extended = String(repeating: "1;\(String(repeating: "x", count: 200))\r\na\r\n", count: 50)
        #expect(decode(extended).error?.status == 400)
    }

    @Test("a body is not complete before its last chunk and trailers are")
    func incomplete() {
        let whole = "3\r\nabc\r\n0\r\nX: y\r\n\r\n"
        for count in 0..<whole.utf8.count {
            let decoded = decode(String(decoding: whole.utf8.prefix(count), as: UTF8.self))
            #expect(decoded.requests.isEmpty && decoded.isIncomplete && decoded.error == nil)
        }
        #expect(decode(whole).requests.first?.body == Array("abc".utf8))
    }
}
