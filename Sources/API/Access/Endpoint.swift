import HTTPServer

/// A route of the API, with who may use it.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (HTTPRequest, Caller) async throws -> HTTPResponse

    let method: String
    let pattern: String
    let access: Access
    let bodyLimit: Int
    /// See ``Route``.
    let isBrief: Bool
    let handler: Handler

    init(
        _ method: String, _ pattern: String, _ access: Access, bodyLimit: Int = 0, isBrief: Bool = false,
        handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.access = access
        self.bodyLimit = bodyLimit
        self.isBrief = isBrief
        self.handler = handler
    }

    /// An endpoint that answers all who may use it alike.
    init(
        _ method: String, _ pattern: String, _ access: Access, bodyLimit: Int = 0, isBrief: Bool = false,
        handler: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) {
        self.init(method, pattern, access, bodyLimit: bodyLimit, isBrief: isBrief) { request, _ in
            try await handler(request)
        }
    }

    /// The route, for those whom the gate lets in.
    func route(behind gate: Gate) -> Route {
        Route(method, pattern, bodyLimit: bodyLimit, isBrief: isBrief) { [access, handler] request in
            try await handler(request, try gate.admit(request, to: access))
        }
    }
}
