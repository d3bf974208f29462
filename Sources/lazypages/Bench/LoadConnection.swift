import Foundation
import WorkerProtocol

/// A keep-alive connection that sends a request, and the next one when that is answered. Reads just enough of HTTP for a
/// load: the status and Content-Length.
final class LoadConnection {
    private let socket: Descriptor
    private var received: [UInt8] = []
    /// Of what is being received, once its head is there. The length is that of the whole response.
    private var response: (status: Int, head: Int, length: Int)?
    private(set) var sentAt = ContinuousClock.now

    enum Progress {
        case incomplete
        case answered(status: Int)
        case broken
    }

    /// How long connecting and sending may block, in seconds.
    private static let patience = 10

    /// Connects to the first of the host's addresses that takes the connection.
    init(host: String, port: UInt16) throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0 else {
            throw Failure(.usage, "the host \(host) cannot be resolved")
        }
        defer { freeaddrinfo(found) }
        var reason: Int32 = 0
        for address in sequence(first: found, next: { $0?.pointee.ai_next }).compactMap({ $0?.pointee }) {
            let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            let socket = Descriptor(owning: Glibc.socket(address.ai_family, type, 0))
            var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
            setsockopt(socket.number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            if connect(socket.number, address.ai_addr, address.ai_addrlen) == 0 {
                var on: Int32 = 1
                setsockopt(socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                self.socket = socket
                return
            }
            reason = errno
        }
        throw Failure(.usage, "nothing answers at \(host):\(port): \(String(cString: strerror(reason)))")
    }

    var descriptor: Int32 { socket.number }

    /// Returns false if the connection takes no request any more.
    func send(_ request: [UInt8]) -> Bool {
        received.removeAll(keepingCapacity: true)
        response = nil
        sentAt = .now
        return Glibc.send(socket.number, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
    }

    /// Reads what is there: to be called when there is something.
    func receive(into buffer: inout [UInt8]) -> Progress {
        let count = recv(socket.number, &buffer, buffer.count, 0)
        guard count > 0 else { return .broken }
        received += buffer[..<count]
        if response == nil { response = Self.response(received) }
        guard let response, received.count >= response.length else { return .incomplete }
        return .answered(status: response.status)
    }

    /// Of the answer, once it is whole.
    var body: [UInt8] { response.map { Array(received[$0.head..<$0.length]) } ?? [] }

    /// Status, and lengths of the head and the whole, of the response that begins with `bytes`; nil while its head is not
    /// whole.
    private static func response(_ bytes: [UInt8]) -> (status: Int, head: Int, length: Int)? {
        var bodyLength = 0
        var lineStart = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            let line = bytes[lineStart..<index].dropLast()
            lineStart = index + 1
            if line.isEmpty { return (number(bytes.dropFirst(9).prefix(3)), lineStart, lineStart + bodyLength) }
            // Setting one bit makes letters small and leaves hyphen and colon as they are.
            if line.count > 15, line.prefix(15).elementsEqual("content-length:".utf8, by: { $0 | 0x20 == $1 }) {
                bodyLength = number(line.dropFirst(15))
            }
        }
        return nil
    }

    /// Of the decimal digits among `bytes`.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.filter { (48...57).contains($0) }.reduce(0) { $0 &* 10 &+ Int($1 - 48) }
    }
}
