/// One path pattern and method, and who answers it.
public struct Route: Sendable {
    public typealias Handler = @Sendable (HTTPRequest) async throws -> HTTPResponse

    /// `GET` answers `HEAD` too.
    public var method: String
    /// Segments are literal or `{name}`: `/v1/jobs/{id}`.
    public var pattern: String
    /// The largest body that is taken, in bytes.
    public var bodyLimit: Int
    /// Whether the handler is done, or waits, as soon as it has begun: then it begins on the thread that reads, if the whole
    /// request is here, and goes on where its wait ends. It must not block, nor compute for long.
    public var isBrief: Bool
    public var handler: Handler

    public init(
        _ method: String, _ pattern: String, bodyLimit: Int = 0, isBrief: Bool = false, handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.bodyLimit = bodyLimit
        self.isBrief = isBrief
        self.handler = handler
    }
}
