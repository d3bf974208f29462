/// Where a server listens and what it lets its clients do.
public struct HTTPServerConfiguration: Sendable {
    /// A host name or a literal address. A name with addresses of both families listens on its IPv4 address.
    public var host: String
    /// 0 takes a free port.
    public var port: UInt16
    /// Connections that the kernel holds until they are accepted; it may lower the number (`net.core.somaxconn`).
    public var backlog = 4_096
    /// Over it a client is answered 503 `too_many_connections` and its connection closed.
    public var maxConnections: Int
    /// Handlers that run at once, but for those that wait; over it a request is answered 503 `too_many_connections`.
    public var maxConcurrentHandlers: Int
    public var limits = Limits()
    public var timeouts = Timeouts()

    public init(
        host: String = "127.0.0.1", port: UInt16 = 8080, maxConnections: Int = 4_096,
        maxConcurrentHandlers: Int = 1_024
    ) {
        self.host = host
        self.port = port
        self.maxConnections = maxConnections
        self.maxConcurrentHandlers = maxConcurrentHandlers
    }

    /// Sizes in bytes, but for `headerFields`.
    public struct Limits: Sendable {
        /// Over it: 414.
        public var requestLineBytes = 8 * 1_024
        /// All header fields with their line ends; over it: 431.
        public var headerSectionBytes = 32 * 1_024
        /// The number of header fields; over it: 431.
        public var headerFields = 100
        /// The line that starts a chunk; over it: 400.
        public var chunkSizeLineBytes = 256
        /// All trailers and chunk extensions of a request; over it: 400.
        public var trailerBytes = 8 * 1_024
        /// A body that nobody asked for is read up to this size to keep the connection; over it the connection closes.
        public var unreadBodyBytes = 64 * 1_024

        public init() {}
    }

    /// Each is for the whole phase, however many bytes come in between.
    public struct Timeouts: Sendable {
        /// From the first byte of a request, or from the start of the connection, to the end of the header section.
        public var header = Duration.seconds(10)
        /// From when a handler asks for the body to its end.
        public var body = Duration.seconds(30)
        /// Between two requests.
        public var idle = Duration.seconds(60)
        /// From when a response, or one piece of a streamed response, is ready until the client has taken all of it.
        public var write = Duration.seconds(30)
        /// How long a connection that is closed after an error goes on reading, so that the client can read the answer.
        public var linger = Duration.seconds(2)

        public init() {}
    }
}
