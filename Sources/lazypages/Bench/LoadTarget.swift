import Foundation

/// What to request, again and again.
struct LoadTarget {
    let host: String
    let port: UInt16
    private let path: String
    private let job: String?

    /// - Parameter job: the body of a `POST`; without one the request is a `GET`.
    init(url: String, job: String?) throws {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host,
            let port = UInt16(exactly: parts.port ?? 80)
        else {
            throw Failure(.usage, "\(url): expected http://HOST:PORT/PATH")
        }
        // An IPv6 address is in brackets in a URL only.
        self.host = host.trimmingCharacters(in: ["[", "]"])
        self.port = port
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        self.path = path + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
        self.job = job
    }

    /// The whole request of one connection, as it goes over the wire.
    func request(connection: Int) -> [UInt8] {
        let hostField = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        guard let job else { return Array("GET \(path) HTTP/1.1\r\nHost: \(hostField)\r\n\r\n".utf8) }
        let body = job.replacing("{}", with: String(connection))
        let head = """
            POST \(path) HTTP/1.1\r
            Host: \(hostField)\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r

            """
        return Array((head + body).utf8)
    }
}
