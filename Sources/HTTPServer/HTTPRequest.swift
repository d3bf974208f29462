import Tracing

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
    /// The request's own step in the trace that its `traceparent` names, or in a new one.
    public let trace: TraceContext
    /// What the route's pattern matched, by name: `{id}` in `/v1/jobs/{id}` is `parameters["id"]`.
    public var parameters: [String: String]
    public var body: HTTPBody
    public let notes = RequestNotes()
    /// Gives the handler's place among those that run at once up; set by the server.
    var releaseSlot: @Sendable () -> Void = {}

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
        trace = TraceContext(following: headers.all("traceparent"))
        self.parameters = parameters
        self.body = body
    }

    /// To be called by a handler that from now on waits for something else than its own work: it does not count any more
    /// among the handlers that may run at once.
    public func beginsToWait() { releaseSlot() }
}
