import HTTPServer
import Testing
import WorkerProtocol

@testable import API

/// Reads a stream of server-sent events, as it comes.
struct EventReader: ~Copyable {
    struct Event {
        var id: String
        var job: JSONValue
    }

    let response: HTTPResponse
    private var pieces: AsyncThrowingStream<[UInt8], any Error>.Iterator
    /// Lines that are no event's.
    private(set) var comments: [String] = []
    private(set) var retry: String?

    init(_ service: borrowing Service, _ target: String, lastEventID: String? = nil) async throws {
        var headers = HTTPHeaders()
        headers["Last-Event-ID"] = lastEventID
        response = await service.respond("GET", target, headers: headers)
        guard case .stream(let stream) = response.body else { throw Service.UnexpectedStream() }
        pieces = stream.makeAsyncIterator()
    }

    /// The next event; nil at the stream's end.
    mutating func next() async throws -> Event? {
        while let piece = try await pieces.next() {
            let text = String(decoding: piece, as: UTF8.self)
            try #require(text.hasSuffix("\n\n"), "a piece is a whole event")
            let lines = text.dropLast(2).split(separator: "\n").map(String.init)
            func value(_ name: String) -> String? {
                lines.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
            }
            if let data = value("data") {
                #expect(value("event") == "job")
                return Event(id: try #require(value("id")), job: try JSONValue(parsing: Array(data.utf8)))
            }
            if let time = value("retry") { retry = time } else { comments += lines }
        }
        return nil
    }

    /// Reads until a comment comes.
    mutating func nextComment() async throws -> String? {
        while comments.isEmpty, let piece = try await pieces.next() {
            let text = String(decoding: piece, as: UTF8.self)
            if text.hasPrefix(":") { comments.append(text) }
        }
        return comments.popLast()
    }
}
