import Foundation

/// A keep-alive connection that sends a request and waits for its response. Reads just enough of HTTP for a load: the
/// status and Content-Length.
final class BlockingConnection: Sendable {
    private let descriptor: Int32

    init(host: String, port: UInt16) throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found else {
            throw Failure(.usage, "the host \(host) cannot be resolved")
        }
        defer { freeaddrinfo(found) }
        descriptor = socket(address.pointee.ai_family, address.pointee.ai_socktype, 0)
        guard connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw Failure(.usage, "nothing answers at \(host):\(port): \(reason)")
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    /// The response's status; nil if the connection broke.
    func exchange(_ request: [UInt8]) -> Int? {
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return nil }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var total: (status: Int, length: Int)?
        while total.map({ received.count < $0.length }) ?? true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            received += buffer[..<count]
            if total == nil { total = Self.head(received) }
        }
        return total?.status
    }

    /// Status and length of the whole response, once its head is there.
    private static func head(_ bytes: [UInt8]) -> (status: Int, length: Int)? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let field = lines.first { $0.lowercased().hasPrefix("content-length:") }
        let body = field.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        return (status, text[..<end.upperBound].utf8.count + body)
    }
}
