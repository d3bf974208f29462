import Glibc

/// An address that is about to be connected to.
struct NetworkAddress: Equatable {
    /// 4 bytes or 16.
    let bytes: [UInt8]

    /// Nil for what is neither IPv4 nor IPv6.
    init?(_ address: UnsafePointer<sockaddr>, length: Int) {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
            bytes = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) }
        case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
            bytes = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) }
        default: return nil
        }
    }

    /// - Precondition: 4 bytes or 16.
    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Whether the address is one of the whole Internet, and not of this machine, of a network of its own, or of a kind
    /// that nobody has (IANA's special-purpose registries).
    var isPublic: Bool {
        if bytes.count == 4 { return Self.special4.allSatisfy { !contains($0.prefix, $0.bits) } }
        if let inner { return inner.isPublic }
        // Only this part of IPv6 is given out.
        return contains([0x20], 3) && Self.special6.allSatisfy { !contains($0.prefix, $0.bits) }
    }

    /// The IPv4 address that an IPv6 address leads to: mapped, translated (NAT64), 6to4.
    private var inner: NetworkAddress? {
        if contains([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF], 96) || contains([0, 0x64, 0xFF, 0x9B], 96) {
            return NetworkAddress(bytes: Array(bytes[12...]))
        }
        return contains([0x20, 0x02], 16) ? NetworkAddress(bytes: Array(bytes[2..<6])) : nil
    }

    private static let special4: [(prefix: [UInt8], bits: Int)] = [
        ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
        ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24),
        ([203, 0, 113], 24), ([224], 3),
    ]

    private static let special6: [(prefix: [UInt8], bits: Int)] = [
        ([0x20, 0x01, 0x00], 23), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x3F, 0xFF, 0x00], 20),
    ]

    private func contains(_ prefix: [UInt8], _ bits: Int) -> Bool {
        (0..<bits).allSatisfy { bit in
            let wanted = bit / 8 < prefix.count ? prefix[bit / 8] : 0
            return (bytes[bit / 8] ^ wanted) & (0x80 >> UInt8(bit % 8)) == 0
        }
    }
}
