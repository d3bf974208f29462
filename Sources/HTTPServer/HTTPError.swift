/// A request that cannot be served, as a problem document (RFC 9457) will say it.
public struct HTTPError: Error, Sendable {
    public var status: Int
    /// Stable, for programs.
    public var code: String
    /// For people: what is wrong and what to do.
    public var detail: String
    /// Further response headers, such as `Allow` or `Retry-After`.
    public var headers: HTTPHeaders

    public init(status: Int, code: String, detail: String, headers: HTTPHeaders = [:]) {
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
    }
}
