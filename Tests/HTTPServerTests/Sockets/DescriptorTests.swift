import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

@Suite struct DescriptorTests {
    @Test("sockets do not wait, do not reach child processes, and send at once")
    func flags() throws {
        let listener = try Listener(host: "127.0.0.1", port: 0, backlog: 8)
        let client = try RawSocket(port: listener.address.port)
        guard case .connection(let socket) = listener.accept() else {
            Issue.record("no connection was accepted")
            return
        }
        for number in [listener.descriptor.number, socket.descriptor.number] {
            #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
            #expect(fcntl(number, F_GETFL) & O_NONBLOCK != 0)
        }
        var noDelay: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket.descriptor.number, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, &length)
        #expect(noDelay != 0)
        guard case .noneWaiting = listener.accept() else {
            Issue.record("a second connection was accepted")
            return
        }
        withExtendedLifetime(client) {}
    }

    @Test("no descriptor of a running server reaches child processes")
    func closeOnExec() async throws {
        await #expect(processExitsWith: .success) {
            func descriptors() -> Set<Int32> {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
                return Set(names.compactMap { Int32($0) })
            }
            let before = descriptors()
            try await withServer { port in
                let socket = try RawSocket(port: port)
                try await socket.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n")
                _ = try await socket.receiveResponse()
                let inherited = descriptors().subtracting(before).filter {
                    let flags = fcntl($0, F_GETFD)
                    return flags >= 0 && flags & FD_CLOEXEC == 0
                }
                exit(inherited.isEmpty ? 0 : 1)
            }
        }
    }

    @Test("head and body leave in one call")
    func oneWrite() throws {
        // Sockets that keep the boundaries of what is sent in one call.
        var pair: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &pair)
        let socket = Socket(try FileDescriptor(pair[0], from: "socketpair"))
        let peer = try FileDescriptor(pair[1], from: "socketpair")
        var output = Output()
        output.append(Array("head".utf8), Array("body".utf8))
        let outcome = output.send(on: socket)
        #expect(outcome == .transferred(8) && output.isEmpty)
        var received = [UInt8](repeating: 0, count: 100)
        let count = recv(peer.number, &received, 100, 0)
        #expect(received.prefix(max(0, count)).elementsEqual("headbody".utf8))
    }

    @Test("sending to a client that is gone raises no signal")
    func noSignal() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_DFL)
            var pair: [Int32] = [-1, -1]
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
            close(pair[1])
            let socket = Socket(try FileDescriptor(pair[0], from: "socketpair"))
            var output = Output()
            output.append([1])
            exit(output.send(on: socket) == .failed ? 0 : 1)
        }
    }

    @Test("without a free descriptor accepting pauses, and goes on when there is one")
    func outOfDescriptors() async {
        await #expect(processExitsWith: .success) {
            let warnings = WarningCounter()
            try await withServer(logger: Logger(label: "test") { _ in warnings }) { port in
                let request = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"
                let first = try RawSocket(port: port)
                try await first.send(request)
                guard try await first.receiveResponse().status == 200 else { exit(1) }

                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                let all = limit.rlim_cur
                // The clients' descriptors are taken first: only the server's `accept` finds none.
                let waiting = try (0..<3).map { _ in try RawSocket() }
                let probe = dup(0)
                close(probe)
                limit.rlim_cur = rlim_t(probe)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                for socket in waiting { try socket.connect(port: port) }
                // Those who are connected are served meanwhile. (Not a sleep: its timer might want a descriptor.)
                for _ in 0..<100_000 where warnings.count == 0 {
                    try await first.send(request)
                    guard try await first.receiveResponse().status == 200 else { exit(2) }
                }
                guard warnings.count > 0 else { exit(3) }

                limit.rlim_cur = all
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                for socket in waiting {
                    try await socket.send(request)
                    guard try await socket.receiveResponse().status == 200 else { exit(4) }
                }
                exit(0)
            }
        }
    }
}

private final class WarningCounter: LogHandler, Sendable {
    private let warnings = Mutex(0)

    var count: Int { warnings.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .warning }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { warnings.withLock { $0 += 1 } }
}
