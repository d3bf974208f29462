import Foundation
import HTTPServer
import Logging
import TestSupport
import Testing

@Suite struct StartTests {
    private func server(host: String, port: UInt16 = 0) -> HTTPServer {
        HTTPServer(
            configuration: HTTPServerConfiguration(host: host, port: port), router: Router(routes: []),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("it listens on addresses, and on the IPv4 address of a name", arguments: ["127.0.0.1", "localhost"])
    func ipv4(host: String) async throws {
        let server = server(host: host)
        let address = try server.start()
        #expect(address.host == "127.0.0.1" && address.port > 0)
        await server.shutdown(within: .zero)
    }

    @Test(
        "it listens on IPv6 where the machine has it",
        .enabled(if: FileManager.default.fileExists(atPath: Self.ipv6Addresses)))
    func ipv6() async throws {
        let server = server(host: "::1")
        let address = try server.start()
        #expect(address.host == "::1" && address.port > 0)
        await server.shutdown(within: .zero)
    }

    private static let ipv6Addresses = "/proc/net/if_inet6"

    @Test("a port in use is said to be so, and can be taken when it is free again")
    func addressInUse() async throws {
        let first = server(host: "127.0.0.1")
        let port = try first.start().port
        let second = server(host: "127.0.0.1", port: port)
        #expect(throws: HTTPServerError.addressInUse(host: "127.0.0.1", port: port)) { try second.start() }
        #expect(throws: HTTPServerError.alreadyStarted) { try first.start() }
        // A connection that the server closes leaves its address in TIME_WAIT.
        _ = try await exchange(port, "GET / HTTP/1.0\r\n\r\n")
        await first.shutdown(within: .seconds(5))
        #expect(try second.start() == BoundAddress(host: "127.0.0.1", port: port))
        await second.shutdown(within: .zero)
    }

    @Test("a host that is not known, or not this machine, is named in the error")
    func badHosts() {
        let unknown = #expect(throws: HTTPServerError.self) { try server(host: "no such host").start() }
        guard case .cannotResolveHost("no such host", _) = unknown else {
            Issue.record("\(String(describing: unknown))")
            return
        }
        #expect(throws: HTTPServerError.addressNotAvailable(host: "192.0.2.1")) {
            try server(host: "192.0.2.1").start()
        }
    }

    @Test("a port for the privileged needs a privilege")
    func permission() async {
        await #expect(processExitsWith: .success) {
            // Only root can become somebody else; for others port 1 is forbidden already.
            if geteuid() == 0 { guard setuid(65_534) == 0 else { exit(3) } }
            let server = HTTPServer(
                configuration: HTTPServerConfiguration(port: 1), router: Router(routes: []),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            do {
                _ = try server.start()
                exit(2)
            } catch HTTPServerError.permissionDenied(host: "127.0.0.1", port: 1) {
                exit(0)
            } catch {
                // Some containers let everybody have every port.
                let first = try? String(
                    contentsOfFile: "/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding: .utf8)
                exit(first?.hasPrefix("0") == true ? 0 : 4)
            }
        }
    }
}
