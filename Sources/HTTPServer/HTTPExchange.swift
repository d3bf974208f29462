/// A finished request and response, for metrics.
public struct HTTPExchange: Sendable, Equatable {
    /// As the client sent it: any token. `-` where the request line could not be read.
    public var method: String
    /// The pattern of the route that answered; nil where none did.
    public var route: String?
    /// 499 where the client went away before the response.
    public var status: Int
    /// From the end of the request's head until the response was handed to the connection, in nanoseconds; 0 for a
    /// request that no handler has seen.
    public var duration: UInt64

    public init(method: String, route: String?, status: Int, duration: UInt64) {
        self.method = method
        self.route = route
        self.status = status
        self.duration = duration
    }
}
