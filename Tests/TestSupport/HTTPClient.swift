import CLibCurl
import Foundation

/// A blocking HTTP/1.1 client over libcurl that keeps its connection alive between requests.
///
/// It belongs to one thread; tests that drive a server from many threads make one client for each.
public final class HTTPClient {
    private let handle: CurlHandle
    private let baseURL: String
    /// For a whole request and its response.
    public var timeout: Duration = .seconds(60)

    /// - Parameter baseURL: scheme, host and port, without a slash at the end: `http://127.0.0.1:8080`.
    public init(baseURL: String) throws(HTTPClientError) {
        handle = try CurlHandle()
        self.baseURL = baseURL
    }

    public convenience init(host: String = "127.0.0.1", port: UInt16) throws(HTTPClientError) {
        try self.init(baseURL: "http://\(host):\(port)")
    }

    /// Sends one request and reads the whole response.
    /// - Parameters:
    ///   - path: with its query, percent-encoded already: `/v1/jobs?limit=5`.
    ///   - headers: added to those that libcurl sends by itself; `Expect` is sent only if it is given here.
    ///   - body: nil for a request without one; an empty body sends `Content-Length: 0`.
    ///   - chunked: sends the body with `Transfer-Encoding: chunked` instead of its length.
    public func request(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        chunked: Bool = false
    ) throws(HTTPClientError) -> Response {
        let transfer = Transfer(body: body ?? [])
        var lines = CurlHeaderList()
        for header in headers { lines.append("\(header.name): \(header.value)") }
        if chunked { lines.append("Transfer-Encoding: chunked") }
        for name in ["Expect", "Content-Type"]
        where !headers.contains(where: { $0.name.lowercased() == name.lowercased() }) {
            lines.append("\(name):")
        }

        handle.reset()
        try handle.set(CURLOPT_URL, baseURL + path)
        try handle.set(CURLOPT_NOSIGNAL, 1)
        try handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try handle.set(CURLOPT_PROXY, "")
        try handle.set(CURLOPT_TIMEOUT_MS, Int(timeout / .milliseconds(1)))
        if let body {
            try handle.set(CURLOPT_POST, 1)
            try handle.set(CURLOPT_POSTFIELDSIZE_LARGE, size: chunked ? -1 : body.count)
        } else if method == "HEAD" {
            try handle.set(CURLOPT_NOBODY, 1)
        }
        try handle.set(CURLOPT_CUSTOMREQUEST, method)
        return try handle.perform(transfer, headers: lines)
    }

    public struct Response: Sendable {
        public var status: Int
        public var headers: [(name: String, value: String)]
        public var body: [UInt8]
        /// How many connections libcurl had to open for this request: 0 when it reused one.
        public var newConnections: Int

        /// The first field of this name, whatever its case.
        public func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        public var text: String { String(decoding: body, as: UTF8.self) }
    }
}

/// What libcurl reports when it gets no complete response: its code and its own words.
public struct HTTPClientError: Error, CustomStringConvertible {
    public var code: Int
    public var description: String

    init(_ code: CURLcode) {
        self.code = Int(code.rawValue)
        description = "libcurl \(code.rawValue): \(String(cString: curl_easy_strerror(code)))"
    }
}
