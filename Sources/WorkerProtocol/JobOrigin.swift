/// Where a job came from: what finds its request again in logs and traces.
public struct JobOrigin: Codable, Sendable, Equatable {
    /// Of the request that posted it.
    public var requestId: String
    /// The name of the token that the request came with; null where none was asked for.
    @ExplicitNull public var token: String?
    /// The request's step in its trace (W3C Trace Context).
    public var traceparent: String

    public init(requestId: String, token: String?, traceparent: String) {
        self.requestId = requestId
        self.token = token
        self.traceparent = traceparent
    }
}
