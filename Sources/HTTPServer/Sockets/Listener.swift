import CEpoll
import Foundation

/// A listening, non-blocking TCP socket.
///
/// A class, as it crosses from the thread that starts the server to the loop; closed when the loop lets go of it.
final class Listener: Sendable {
    let descriptor: FileDescriptor
    let address: BoundAddress

    /// Listens on the first address of the host that can be bound.
    init(host: String, port: UInt16, backlog: Int) throws(HTTPServerError) {
        let descriptor = try AddressList(host: host, port: port).first { address throws(HTTPServerError) in
            try Self.listen(address, host: host, port: port, backlog: backlog)
        }
        guard let descriptor else { throw .cannotResolveHost(host, reason: "it has no address") }
        address = try BoundAddress(of: descriptor)
        self.descriptor = descriptor
    }

    enum Accepted: ~Copyable {
        case connection(Socket)
        case noneWaiting
        /// The process or the system has no descriptor left.
        case outOfDescriptors
        /// The listening socket itself is broken.
        case failed(Int32)
    }

    /// Takes the next waiting connection; never waits for one.
    func accept() -> Accepted {
        while true {
            let number = accept4(
                descriptor.number, nil, nil, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
            let reason = errno
            if let accepted = try? FileDescriptor(number, from: "accept4") { return .connection(Socket(accepted)) }
            switch reason {
            // The connection was lost before it was taken (accept(2)): that says nothing of the next one.
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET, ENOPROTOOPT:
                continue
            case EAGAIN: return .noneWaiting
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .outOfDescriptors
            default: return .failed(reason)
            }
        }
    }

    private static func listen(
        _ address: addrinfo, host: String, port: UInt16, backlog: Int
    ) throws(HTTPServerError) -> FileDescriptor {
        let kind = address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = try FileDescriptor(socket(address.ai_family, kind, address.ai_protocol), from: "socket")
        // A restarted server need not wait for its predecessor's connections in TIME_WAIT.
        var on: Int32 = 1
        setsockopt(descriptor.number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor.number, address.ai_addr, address.ai_addrlen) == 0,
            Foundation.listen(descriptor.number, Int32(clamping: backlog)) == 0
        else {
            switch errno {
            case EADDRINUSE: throw .addressInUse(host: host, port: port)
            case EADDRNOTAVAIL: throw .addressNotAvailable(host: host)
            case EACCES, EPERM: throw .permissionDenied(host: host, port: port)
            case let reason: throw .systemCall("bind", errno: reason)
            }
        }
        return descriptor
    }
}
