import HTTPServer

/// The media type of a request's body (RFC 9110, section 8.3).
enum MediaType {
    /// The type without its parameters, in lower case.
    ///
    /// - Throws: 415 for none, for one of those not `supported`, or for a character set other than UTF-8.
    static func of(_ request: HTTPRequest, supported: [String]) throws(HTTPError) -> String {
        let wanted = supported.joined(separator: ", ")
        guard let field = request.headers["Content-Type"] else {
            throw .unsupportedMediaType("The Content-Type header is missing; expected one of: \(wanted).")
        }
        let parts = field.lowercased().split(separator: ";").map { $0.trimming(" \t") }
        guard let type = parts.first, supported.contains(type) else {
            throw .unsupportedMediaType("The media type is not taken here; expected one of: \(wanted).")
        }
        let charset = parts.dropFirst().first { $0.hasPrefix("charset=") }?.dropFirst(8)
        guard charset.map({ ["utf-8", "\"utf-8\""].contains($0) }) ?? true else {
            throw .unsupportedMediaType("The only character set that is taken is UTF-8.")
        }
        return type
    }
}

extension HTTPRequest {
    /// The body as a JSON value.
    func json() async throws(HTTPError) -> JSONValue { try JSONValue(parsing: try await jsonBody()) }

    /// The body that says of itself that it is JSON.
    func jsonBody() async throws(HTTPError) -> [UInt8] {
        _ = try MediaType.of(self, supported: ["application/json"])
        return try await body.collect()
    }
}

extension StringProtocol {
    func trimming(_ characters: String) -> String {
        var rest = self[...]
        while let first = rest.first, characters.contains(first) { rest.removeFirst() }
        while let last = rest.last, characters.contains(last) { rest.removeLast() }
        return String(rest)
    }
}
