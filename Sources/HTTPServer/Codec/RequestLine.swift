/// The first line of a request (RFC 9112, section 3).
struct RequestLine: Sendable {
    var method: String
    var target: RequestTarget
    var version: HTTPVersion

    /// - Parameter line: without its CRLF.
    /// - Throws: 400 `bad_request`, 505 `http_version_not_supported`.
    init(_ line: ArraySlice<UInt8>) throws(HTTPError) {
        let parts = line.split(separator: Syntax.space, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw .badRequest("The request line must be a method, a target and a version, each one space apart.")
        }
        guard !parts[0].isEmpty, Syntax.isToken(parts[0]) else { throw .badRequest("The method must be a token.") }
        version = try HTTPVersion(parts[2])
        method = String(decoding: parts[0], as: UTF8.self)
        target = try RequestTarget(parts[1])
    }
}

/// The versions that are spoken here.
enum HTTPVersion: Sendable {
    case http10
    case http11

    /// - Throws: 505 for a version that is none of these, 400 for what is no version.
    init(_ text: ArraySlice<UInt8>) throws(HTTPError) {
        guard text.count == 8, text.starts(with: "HTTP/".utf8), let minor = text.last, Syntax.isDigit(minor),
            text.dropLast().last == UInt8(ascii: "."), let major = text.dropFirst(5).first, Syntax.isDigit(major)
        else { throw .badRequest("The request line must end with a version such as HTTP/1.1.") }
        switch (major, minor) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): self = .http11
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): self = .http10
        default:
            throw HTTPError(
                status: 505, code: "http_version_not_supported", detail: "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
        }
    }
}
