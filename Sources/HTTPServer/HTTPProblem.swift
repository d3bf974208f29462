import Foundation

/// A problem document (RFC 9457) as it is written.
struct HTTPProblem: Encodable {
    /// The code says what `type` would, so `type` stays the default that RFC 9457 gives it.
    var type = "about:blank"
    var title: String
    var status: Int
    var detail: String
    var code: String
    var requestID: String
    var errors: [HTTPError.Violation]?
    var job: String?

    enum CodingKeys: String, CodingKey {
        case type, title, status, detail, code, errors, job
        case requestID = "request_id"
    }
}

extension HTTPError {
    /// The error as a response with a problem document, `application/problem+json`.
    /// - Parameter requestID: of the request that failed; a person finds it in the log.
    public func response(requestID: String) -> HTTPResponse {
        var response = HTTPResponse(status: status, headers: headers, body: .bytes(document(requestID: requestID)))
        response.headers["Content-Type"] = "application/problem+json"
        return response
    }

    /// The problem document in JSON.
    public func document(requestID: String) -> [UInt8] {
        let problem = HTTPProblem(
            title: StatusReason.phrase(for: status), status: status, detail: detail, code: code, requestID: requestID,
            errors: errors.isEmpty ? nil : errors, job: job)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and numbers always encode; the fallback only spares a trap.
        return Array((try? encoder.encode(problem)) ?? Data("{}".utf8))
    }
}
