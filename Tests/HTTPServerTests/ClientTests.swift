import HTTPServer
import Synchronization
import TestSupport
import Testing

/// A client that nobody here wrote: libcurl.
@Suite struct ClientTests {
    /// 32 MiB in which no two neighbouring blocks are alike.
    private static let large = (0..<512).reduce(into: [UInt8]()) { bytes, block in
        bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: block), count: 65_536)
    }

    private static let routes = [
        Route("PUT", "/large", bodyLimit: 64 << 20) { request in
            HTTPResponse(contentType: "application/octet-stream", bytes: try await request.body.collect())
        },
        Route("GET", "/stream") { _ in
            let pieces = AsyncThrowingStream<[UInt8], any Error> { continuation in
                var rest = large[...]
                while !rest.isEmpty {
                    continuation.yield(Array(rest.prefix(100_000)))
                    rest = rest.dropFirst(100_000)
                }
                continuation.finish()
            }
            return HTTPResponse(status: 200, body: .stream(pieces))
        },
    ]

    private func request(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        chunked: Bool = false
    ) async throws -> HTTPClient.Response {
        let responses = Mutex<HTTPClient.Response?>(nil)
        try await withServer(Self.routes) { port in
            let response = try await HTTPClient.onOwnThread {
                try HTTPClient(port: port).request(method, path, headers: headers, body: body, chunked: chunked)
            }
            responses.withLock { $0 = response }
        }
        return try #require(responses.withLock { $0 })
    }

    @Test("one connection serves request after request, errors among them")
    func keepAlive() async throws {
        try await withServer { port in
            let responses = try await HTTPClient.onOwnThread {
                let client = try HTTPClient(port: port)
                return [
                    try client.request("GET", "/hello"), try client.request("POST", "/echo", body: Array("a".utf8)),
                    try client.request("HEAD", "/hello"), try client.request("GET", "/nope"),
                    try client.request("DELETE", "/nope"), try client.request("POST", "/echo", body: []),
                    try client.request("POST", "/echo", body: Array("b".utf8), chunked: true),
                    try client.request("GET", "/hello"),
                ]
            }
            #expect(responses.map(\.status) == [200, 200, 200, 404, 404, 200, 200, 200])
            #expect(responses.map(\.newConnections) == [1, 0, 0, 0, 0, 0, 0, 0])
            #expect([0, 1, 2, 5, 6, 7].map { responses[$0].text } == ["hello", "a", "", "", "b", "hello"])
            #expect(responses[2].header("Content-Length") == "5")
        }
    }

    @Test("32 MiB go both ways, with a length and in chunks", arguments: [false, true])
    func largeBodies(chunked: Bool) async throws {
        let response = try await request("PUT", "/large", body: Self.large, chunked: chunked)
        #expect(response.status == 200 && response.body == Self.large)
    }

    @Test("32 MiB come as a stream")
    func largeStream() async throws {
        let response = try await request("GET", "/stream")
        #expect(response.header("Transfer-Encoding") == "chunked" && response.body == Self.large)
    }

    @Test("Expect: 100-continue is met for a body that is wanted, and spares one that is not")
    func expectContinue() async throws {
        let expect = [(name: "Expect", value: "100-continue")]
        let wanted = try await request("PUT", "/large", headers: expect, body: Array("abc".utf8))
        #expect(wanted.status == 200 && wanted.text == "abc")
        let unwanted = try await request("POST", "/echo", headers: expect, body: Self.large)
        #expect(unwanted.status == 413)
    }

    @Test("a large body that is refused without Expect still gets its answer")
    func refusedUpload() async throws {
        let response = try await request("POST", "/echo", body: Self.large)
        #expect(response.status == 413)
        #expect(try response.jsonObject()["code"] as? String == "content_too_large")
    }

    @Test("many clients at once, each on a connection of its own")
    func manyClients() async throws {
        try await withServer { port in
            let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                for number in 0..<16 {
                    group.addTask {
                        try await HTTPClient.onOwnThread {
                            let client = try HTTPClient(port: port)
                            return try (0..<50).map { round in
                                let text = "\(number)-\(round)"
                                let response = try client.request("POST", "/echo", body: Array(text.utf8))
                                return response.text == text ? response.status : 0
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(statuses == [Int](repeating: 200, count: 800))
        }
    }
}
