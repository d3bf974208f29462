/// A response. The server adds `Content-Length` or chunks, `Connection`, `Date` and `X-Request-Id`.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    public var body: Body

    public enum Body: Sendable {
        case bytes([UInt8])
        /// Sent chunk by chunk as the sequence yields; waits while the client does not read.
        case stream(AsyncThrowingStream<[UInt8], any Error>)
    }

    public init(status: Int, headers: HTTPHeaders = [:], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public init(status: Int = 200, contentType: String, bytes: [UInt8]) {
        self.init(status: status, headers: ["Content-Type": contentType], body: .bytes(bytes))
    }

    public init(status: Int = 200, contentType: String, text: String) {
        self.init(status: status, contentType: contentType, bytes: Array(text.utf8))
    }
}
