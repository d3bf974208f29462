import Foundation

/// Addresses that only this machine can connect to.
enum Loopback {
    /// - Parameter host: a literal address, or `localhost`; any other name counts as one that others can connect to.
    static func contains(_ host: String) -> Bool {
        if host == "localhost" { return true }
        var address = in_addr()
        if inet_pton(AF_INET, host, &address) == 1 { return UInt32(bigEndian: address.s_addr) >> 24 == 127 }
        var long = in6_addr()
        guard inet_pton(AF_INET6, host, &long) == 1 else { return false }
        return withUnsafeBytes(of: long) { Array($0) == Array(repeating: 0, count: 15) + [1] }
    }
}
