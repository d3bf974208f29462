/// A request's line and header fields, and what they say about its body and its connection.
struct RequestHead: Sendable {
    var line: RequestLine
    var headers: HTTPHeaders
    var framing: BodyFraming
    var keepAlive: Bool
    /// The client waits for `100 Continue` before it sends the body.
    var expectsContinue: Bool

    /// - Throws: 400 `bad_request`, 417 `expectation_failed`, 501 `not_implemented`.
    init(line: RequestLine, headers: HTTPHeaders) throws(HTTPError) {
        self.line = line
        self.headers = headers
        let hosts = headers.all("Host").count
        guard hosts == 1 || (hosts == 0 && line.version == .http10) else {
            throw .badRequest("An HTTP/1.1 request must have exactly one Host field.")
        }
        framing = try BodyFraming(headers, version: line.version)
        keepAlive = Self.keepsAlive(headers.all("Connection"), version: line.version)
        expectsContinue = try Self.expectsContinue(headers.all("Expect"), version: line.version) && framing != .none
    }

    /// RFC 9112, section 9.3.
    private static func keepsAlive(_ values: [String], version: HTTPVersion) -> Bool {
        guard !values.isEmpty else { return version == .http11 }
        let options = values.flatMap(listElements)
        if options.contains("close") { return false }
        return version == .http11 || options.contains("keep-alive")
    }

    /// RFC 9110, section 10.1.1: HTTP/1.0 knows no expectations.
    private static func expectsContinue(_ values: [String], version: HTTPVersion) throws(HTTPError) -> Bool {
        guard version == .http11, !values.isEmpty else { return false }
        guard values.flatMap(listElements) == ["100-continue"] else {
            throw HTTPError(
                status: 417, code: "expectation_failed", detail: "The only expectation met here is 100-continue.")
        }
        return true
    }
}

/// How the end of a request's body is found (RFC 9112, section 6).
enum BodyFraming: Sendable, Equatable {
    case none
    case length(Int)
    case chunked

    /// - Throws: 400 `bad_request` for anything that two readers could understand in two ways, 501 `not_implemented`
    ///   for a transfer coding that is not known here.
    init(_ headers: HTTPHeaders, version: HTTPVersion) throws(HTTPError) {
        let lengths = headers.all("Content-Length")
        let codings = headers.all("Transfer-Encoding")
        guard codings.isEmpty else {
            guard lengths.isEmpty else {
                throw .badRequest("Content-Length and Transfer-Encoding exclude each other.")
            }
            guard version == .http11 else { throw .badRequest("HTTP/1.0 knows no Transfer-Encoding.") }
            try Self.requireChunked(codings.flatMap(listElements))
            self = .chunked
            return
        }
        guard let length = lengths.first else {
            self = .none
            return
        }
        guard lengths.count == 1, !length.isEmpty, length.utf8.allSatisfy(Syntax.isDigit), let count = Int(length)
        else { throw .badRequest("Content-Length must be one decimal number.") }
        self = count == 0 ? .none : .length(count)
    }

    private static func requireChunked(_ codings: [String]) throws(HTTPError) {
        if codings == ["chunked"] { return }
        if codings.contains(where: { $0 != "chunked" && !$0.isEmpty }) {
            throw HTTPError(
                status: 501, code: "not_implemented", detail: "The only transfer coding known here is chunked.")
        }
        throw .badRequest("Transfer-Encoding must be exactly chunked.")
    }
}

/// The elements of a comma-separated list in lower case.
private func listElements(_ value: String) -> [String] {
    value.split(separator: ",", omittingEmptySubsequences: false).map { element in
        String(decoding: Syntax.trimmed(Array(element.utf8)[...]), as: UTF8.self).lowercased()
    }
}
