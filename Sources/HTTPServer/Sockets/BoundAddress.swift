import Foundation

/// Where a server really listens.
public struct BoundAddress: Sendable, Equatable {
    /// A literal address.
    public var host: String
    public var port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// The address that a listening socket is bound to.
    init(of descriptor: borrowing FileDescriptor) throws(HTTPServerError) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = descriptor.number
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var service = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let outcome = withUnsafeMutableBytes(of: &storage) { bytes -> Int32 in
            guard let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                getsockname(number, address, &length) == 0
            else { return EAI_SYSTEM }
            return getnameinfo(
                address, length, &name, socklen_t(name.count), &service, socklen_t(service.count),
                NI_NUMERICHOST | NI_NUMERICSERV)
        }
        guard outcome == 0, let port = UInt16(Self.text(service)) else {
            throw .systemCall("getsockname", errno: errno)
        }
        self.init(host: Self.text(name), port: port)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
