/// Where callbacks may go.
public struct CallbackPolicy: Sendable {
    /// Names or literal addresses; `*.example.com` is every name under `example.com`. Callbacks are off while it is empty.
    public var allowedHosts: [String]
    /// Whether hosts may have addresses that only this machine or its network knows.
    public var allowsPrivateAddresses: Bool

    public init(allowedHosts: [String] = [], allowsPrivateAddresses: Bool = false) {
        self.allowedHosts = allowedHosts.map { $0.lowercased() }
        self.allowsPrivateAddresses = allowsPrivateAddresses
    }

    public static let longestURL = 2048

    /// Why a callback may not go to this URL; nil if it may. Says the rule, for people.
    ///
    /// Addresses are looked at when they are connected to: until then a name may come to mean others.
    public func refusal(of url: String) -> String? {
        guard !allowedHosts.isEmpty else { return "This service is not configured for callbacks: it allows no host." }
        guard url.utf8.count <= Self.longestURL else { return "Expected at most \(Self.longestURL) bytes." }
        guard let url = CallbackURL(url) else {
            return "Expected a URL with http or https and a host, and without a user."
        }
        guard allowedHosts.contains(where: { Self.matches(url.host, $0) }) else {
            return "The host is not among those that this service is configured to call."
        }
        return nil
    }

    private static func matches(_ host: String, _ rule: String) -> Bool {
        guard rule.hasPrefix("*.") else { return host == rule }
        // At least one more label, and not just the same letters at the end.
        return host.hasSuffix(rule.dropFirst()) && host.utf8.count > rule.utf8.count - 1
    }
}
