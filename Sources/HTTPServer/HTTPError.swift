/// A request that cannot be served, as a problem document (RFC 9457) will say it.
public struct HTTPError: Error, Sendable {
    public var status: Int
    /// Stable, for programs.
    public var code: String
    /// For people: what is wrong and what to do.
    public var detail: String
    /// Further response headers, such as `Allow` or `Retry-After`.
    public var headers: HTTPHeaders
    /// Everything that is wrong, where there is more to say than the detail does.
    public var errors: [Violation]
    /// The id of the job that failed, where the request was to run one.
    public var job: String?

    public init(
        status: Int, code: String, detail: String, headers: HTTPHeaders = [:],
        errors: [Violation] = [], job: String? = nil
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
        self.errors = errors
        self.job = job
    }
}

extension HTTPError {
    /// One thing that is wrong with a request, and where.
    public struct Violation: Encodable, Equatable, Sendable {
        /// The place in the request's document, as a JSON pointer (RFC 6901).
        public var pointer: String?
        /// The place in what was sent in binary, in bytes from its start.
        public var offset: Int?
        /// Stable, for programs, where it may be another than the error's.
        public var code: String?
        public var detail: String

        public init(pointer: String? = nil, offset: Int? = nil, code: String? = nil, detail: String) {
            self.pointer = pointer
            self.offset = offset
            self.code = code
            self.detail = detail
        }
    }

    /// 400: the request cannot be understood.
    static func badRequest(_ detail: String) -> HTTPError {
        HTTPError(status: 400, code: "bad_request", detail: detail)
    }

    /// 408: the client took too long.
    static func timeout(_ detail: String) -> HTTPError {
        HTTPError(status: 408, code: "request_timeout", detail: detail)
    }

    static func contentTooLarge(limit: Int) -> HTTPError {
        HTTPError(
            status: 413, code: "content_too_large", detail: "The body is larger than the \(limit) bytes allowed here.")
    }

    static var bodyCutShort: HTTPError { .badRequest("The connection ended before the body was complete.") }

    /// 503: more connections or requests at once than the configuration allows.
    static func overloaded(_ detail: String) -> HTTPError {
        HTTPError(status: 503, code: "too_many_connections", detail: detail, headers: ["Retry-After": "1"])
    }

    static var shuttingDown: HTTPError {
        HTTPError(
            status: 503, code: "shutting_down", detail: "The service is shutting down.", headers: ["Retry-After": "1"])
    }

    static var internalError: HTTPError {
        HTTPError(status: 500, code: "internal_error", detail: "The service failed; its log says why.")
    }
}
