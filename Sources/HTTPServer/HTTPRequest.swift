/// One request: its head, decoded, and its body, which a handler asks for when it wants it.
public struct HTTPRequest: Sendable {
    public var method: String
    /// The path as sent, without the query.
    public var path: String
    /// The path's segments, percent-decoded. `/v1/jobs/` has an empty last one.
    public var segments: [String]
    /// The query's items in order, percent-decoded.
    public var query: [(name: String, value: String)]
    public var headers: HTTPHeaders
    /// The caller's `X-Request-Id` if it is a sane token, else a new one; also on the response and in the log.
    public var requestID: String
    /// What the route's pattern matched, by name: `{id}` in `/v1/jobs/{id}` is `parameters["id"]`.
    public var parameters: [String: String]
    public var body: HTTPBody

    public init(
        method: String, path: String, segments: [String], query: [(name: String, value: String)],
        headers: HTTPHeaders, requestID: String, parameters: [String: String] = [:], body: HTTPBody
    ) {
        self.method = method
        self.path = path
        self.segments = segments
        self.query = query
        self.headers = headers
        self.requestID = requestID
        self.parameters = parameters
        self.body = body
    }
}
