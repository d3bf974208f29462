/// A request's body. It is read from the connection, and `100 Continue` sent, only when a handler asks.
public struct HTTPBody: Sendable {
    /// The largest body that is taken, in bytes; the router sets it from the route.
    var limit = Int.max
    private let collector: @Sendable (_ limit: Int) async throws(HTTPError) -> [UInt8]

    /// - Parameter collector: delivers the whole body.
    public init(collector: @escaping @Sendable () async throws(HTTPError) -> [UInt8]) {
        self.init(limited: { _ throws(HTTPError) in try await collector() })
    }

    /// A body that is here already; for tests of routes without a socket.
    public init(_ bytes: [UInt8]) {
        self.init(limited: { _ throws(HTTPError) in bytes })
    }

    /// - Parameter collector: delivers the body, and need not read more than the limit that it is given.
    init(limited collector: @escaping @Sendable (_ limit: Int) async throws(HTTPError) -> [UInt8]) {
        self.collector = collector
    }

    /// The whole body.
    /// - Throws: 413 `content_too_large` over the route's limit, 408 `request_timeout`, 400 `bad_request` for a body
    ///   that is cut short or badly chunked.
    public func collect() async throws(HTTPError) -> [UInt8] {
        let bytes = try await collector(limit)
        guard bytes.count <= limit else { throw .contentTooLarge(limit: limit) }
        return bytes
    }
}
