import Foundation
import Synchronization
import Testing

@testable import lazypages

@Suite("Open loop")
struct OpenLoopTests {
    @Test("a standstill of the service is seen in all requests that came meanwhile")
    func standstill() async throws {
        let server = try StandstillServer(after: 20, for: 500_000)
        let sample = try OpenLoop.measure(
            port: server.port, connections: 2, rate: 200, seconds: 1.5, requests: [Array("GET / HTTP/1.1\r\n\r\n".utf8)]
        )
        #expect(sample.failures == 0)
        // A third of all requests come in the standstill, on two connections.
        #expect(sample.percentile(0.85) > 150_000)
    }

    @Test("answers that are no success, and connections that break, are failures")
    func failures() async throws {
        let server = try StandstillServer(after: .max, for: 0, status: "503 Service Unavailable")
        let sample = try OpenLoop.measure(
            port: server.port, connections: 1, rate: 100, seconds: 0.3, requests: [Array("GET / HTTP/1.1\r\n\r\n".utf8)]
        )
        #expect(sample.failures > 0)
        #expect(sample.percentile(1) == 0)
    }
}

/// Answers each request at once, but stands still once.
private final class StandstillServer: Sendable {
    let port: UInt16
    private let listener: Int32

    /// - Parameters:
    ///   - count: so many requests are answered before the standstill.
    ///   - microseconds: how long it lasts.
    init(after count: Int, for microseconds: useconds_t, status: String = "200 OK") throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        try #require(isBound)
        port = UInt16(bigEndian: address.sin_port)
        let answer = Array("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n".utf8)
        Thread {
            var sockets = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            var answered = 0
            var buffer = [UInt8](repeating: 0, count: 4096)
            while poll(&sockets, nfds_t(sockets.count), 10_000) > 0, sockets[0].revents & Int16(POLLHUP) == 0 {
                for index in sockets.indices where sockets[index].revents != 0 {
                    if index == 0 {
                        sockets.append(pollfd(fd: accept(listener, nil, nil), events: Int16(POLLIN), revents: 0))
                    } else if recv(sockets[index].fd, &buffer, buffer.count, 0) > 0 {
                        if answered == count { usleep(microseconds) }
                        answered += 1
                        send(sockets[index].fd, answer, answer.count, Int32(MSG_NOSIGNAL))
                    } else {
                        close(sockets[index].fd)
                        sockets[index].fd = -1
                    }
                }
            }
            for socket in sockets { close(socket.fd) }
        }.start()
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}
