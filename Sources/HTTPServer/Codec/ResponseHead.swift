/// A response's status line and header fields as they go over the wire (RFC 9112, sections 4 and 6).
struct ResponseHead {
    var status: Int
    /// The handler's fields. Those that the server itself is responsible for are left out.
    var headers: HTTPHeaders
    var framing: ResponseFraming
    var keepAlive: Bool
    /// HTTP/1.0 clients must be told that the connection stays; later ones when it does not.
    var version: HTTPVersion
    var requestID: String
    /// The value of `Date`.
    var date: String

    static let continue100 = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append(contentsOf: "HTTP/1.1 \(status) ".utf8)
        bytes.append(contentsOf: StatusReason.phrase(for: status).utf8)
        bytes.append(contentsOf: "\r\n".utf8)
        for field in headers.fields where !Self.isOwn(field.name) && Syntax.isToken(field.name.utf8) {
            Self.append(field.name, field.value, to: &bytes)
        }
        switch framing {
        case .none, .untilClose: break
        case .length(let count): Self.append("Content-Length", String(count), to: &bytes)
        case .chunked: Self.append("Transfer-Encoding", "chunked", to: &bytes)
        }
        if !keepAlive {
            Self.append("Connection", "close", to: &bytes)
        } else if version == .http10 {
            Self.append("Connection", "keep-alive", to: &bytes)
        }
        Self.append("Date", date, to: &bytes)
        Self.append("X-Request-Id", requestID, to: &bytes)
        bytes.append(contentsOf: "\r\n".utf8)
        return bytes
    }

    private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: ": ".utf8)
        let start = bytes.endIndex
        bytes.append(contentsOf: value.utf8)
        // RFC 9110, section 5.5: what could end the field early becomes a space.
        for index in start..<bytes.endIndex where !Syntax.isFieldContent(bytes[index]) { bytes[index] = Syntax.space }
        bytes.append(contentsOf: "\r\n".utf8)
    }

    /// Framing and identity of a response are the server's business: a handler cannot contradict them.
    private static func isOwn(_ name: String) -> Bool {
        own.contains { HTTPHeaders.same($0, name) }
    }

    private static let own = ["Content-Length", "Transfer-Encoding", "Connection", "Date", "X-Request-Id"]
}

/// How a client finds the end of a response's body.
enum ResponseFraming: Equatable {
    /// The status allows no body.
    case none
    case length(Int)
    case chunked
    /// The end of the connection is the end of the body: all that HTTP/1.0 has for a stream.
    case untilClose

    init(_ response: HTTPResponse, version: HTTPVersion) {
        if response.status == 204 || response.status == 304 || response.status < 200 {
            self = .none
            return
        }
        self =
            switch response.body {
            case .bytes(let bytes): .length(bytes.count)
            case .stream: version == .http10 ? .untilClose : .chunked
            }
    }
}
