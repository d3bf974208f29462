import Glibc
import Testing

@testable import Callbacks

@Suite("Where callbacks may go")
struct CallbackPolicyTests {
    private let policy = CallbackPolicy(allowedHosts: ["hooks.example.com", "*.example.org", "127.0.0.1", "::1"])

    @Test(
        "allowed hosts may be called",
        arguments: [
            "http://hooks.example.com", "https://hooks.example.com/a/b?c=d", "https://HOOKS.Example.COM:8443/",
            "https://a.example.org/", "https://a.b.example.org/", "http://127.0.0.1:9/", "http://[::1]:9/",
        ])
    func allowed(url: String) { #expect(policy.refusal(of: url) == nil) }

    @Test(
        "others may not, however they are written",
        arguments: [
            "https://example.com/", "https://evil.com/", "https://hooks.example.com.evil.com/", "https://example.org/",
            "https://evilexample.org/", "https://evil.com#hooks.example.com", "https://evil.com?hooks.example.com",
            "https://user@hooks.example.com/", "https://hooks.example.com:x@evil.com/",
            "https://evil.com\\@a.example.org/",
            "ftp://hooks.example.com/", "file:///etc/passwd", "gopher://hooks.example.com/", "hooks.example.com",
            "/path",
            "", "https://", "https:///", "https://hooks.example.com /", "https://hooks.example.com/\r\nX: y",
            "https://hooks.example.com/\u{0}", "https://hooks.exämple.com/", "http://2130706434/", "http://[::2]/",
            "https://hooks.example.com/" + String(repeating: "a", count: 2048),
        ])
    func refused(url: String) { #expect(policy.refusal(of: url) != nil) }

    @Test("without allowed hosts there are no callbacks")
    func off() {
        #expect(CallbackPolicy().refusal(of: "https://hooks.example.com")?.contains("not configured") == true)
    }

    private func address(_ text: String) throws -> NetworkAddress {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return NetworkAddress(bytes: Array(bytes[..<4])) }
        try #require(inet_pton(AF_INET6, text, &bytes) == 1)
        return NetworkAddress(bytes: bytes)
    }

    @Test(
        "addresses of this machine, of private networks and of no network are not public",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
            "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.168.0.1", "198.18.0.1",
            "198.19.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
            "fc00::1",
            "fd12::1", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:c0a8:1::", "::127.0.0.1", "2001:db8::1", "2001::1", "100::1", "4000::1",
        ])
    func notPublic(text: String) throws { #expect(!(try address(text).isPublic)) }

    @Test(
        "addresses of the Internet are",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.1.1.1", "128.0.0.1",
            "169.253.1.1", "172.15.255.255", "172.32.0.1", "192.167.1.1", "192.169.1.1", "198.17.1.1", "198.20.0.1",
            "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:1.1.1.1", "64:ff9b::101:101",
            "2002:101:101::",
        ])
    func isPublic(text: String) throws { #expect(try address(text).isPublic) }
}
