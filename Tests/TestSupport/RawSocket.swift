import Foundation
import Synchronization

/// A TCP client that sends exactly the bytes that a test gives it, and fails when nothing comes for a minute.
///
/// It blocks on queues of its own: a test that blocked a thread of Swift's pool could keep the server that it talks
/// to from running its handlers.
public final class RawSocket: Sendable {
    private let descriptor: Int32
    private let sending = DispatchQueue(label: "raw-socket-sending")
    private let receiving = DispatchQueue(label: "raw-socket-receiving")
    /// Received, but not asked for yet.
    private let received = Mutex<[UInt8]>([])

    public enum Failure: Error, Equatable {
        case systemCall(String, errno: Int32)
        case timedOut
        case endOfStream
        case malformed(String)
    }

    /// A socket that is not connected yet.
    /// - Parameter receiveBuffer: a small one lets a test be a client that takes little at once.
    public init(receiveBuffer: Int32? = nil) throws(Failure) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .systemCall("socket", errno: errno) }
        set(SO_RCVTIMEO, timeval(tv_sec: 60, tv_usec: 0))
        set(SO_SNDTIMEO, timeval(tv_sec: 60, tv_usec: 0))
        if let receiveBuffer { set(SO_RCVBUF, receiveBuffer) }
    }

    public convenience init(port: UInt16, receiveBuffer: Int32? = nil) throws(Failure) {
        try self.init(receiveBuffer: receiveBuffer)
        try connect(port: port)
    }

    deinit { close(descriptor) }

    public func connect(port: UInt16) throws(Failure) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard outcome == 0 else {
            let reason = errno
            throw .systemCall("connect", errno: reason)
        }
    }

    public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    public func send(_ bytes: [UInt8]) async throws {
        try await on(sending) { [descriptor] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw Failure.systemCall("send", errno: errno) }
                rest.removeFirst(count)
            }
        }
    }

    /// Everything up to the end of the connection; a reset counts as the end.
    public func receiveAll() async throws -> [UInt8] {
        try await on(receiving) { [self] in
            do { while true { try receiveMore() } } catch Failure.endOfStream {}
            return received.withLock { bytes in
                defer { bytes = [] }
                return bytes
            }
        }
    }

    /// The next response: its end is found by its own header fields, or by the end of the connection.
    /// - Parameter isHead: it answers `HEAD`, and so has no body whatever its fields say.
    public func receiveResponse(isHead: Bool = false) async throws -> RawResponse {
        try await on(receiving) { [self] in
            var isEnded = false
            while true {
                let response = try received.withLock { bytes -> RawResponse? in
                    guard let (response, length) = try RawResponse.parse(bytes, isHead: isHead, isEnded: isEnded) else {
                        return nil
                    }
                    bytes.removeFirst(length)
                    return response
                }
                if let response { return response }
                if isEnded { throw Failure.endOfStream }
                do { try receiveMore() } catch Failure.endOfStream { isEnded = true }
            }
        }
    }

    /// Whether nothing is here that no response has taken: looks for a short while and takes nothing.
    public func hasReceivedNothing() async throws -> Bool {
        try await on(receiving) { [self] in
            guard received.withLock({ $0.isEmpty }) else { return false }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&waiting, 1, 100) == 0
        }
    }

    /// Waits until this text has come, and takes nothing; false if the connection ends before.
    public func receive(until text: String) async throws -> Bool {
        try await on(receiving) { [self] in
            while !String(decoding: received.withLock { $0 }, as: UTF8.self).contains(text) {
                do { try receiveMore() } catch Failure.endOfStream { return false }
            }
            return true
        }
    }

    /// Tells the server that nothing more comes, and goes on receiving.
    public func closeWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection with a reset, as a client that crashes may.
    public func reset() {
        set(SO_LINGER, linger(l_onoff: 1, l_linger: 0))
        // The descriptor stays open until `deinit`; connecting to nowhere is what resets it now.
        var nowhere = sockaddr()
        nowhere.sa_family = sa_family_t(AF_UNSPEC)
        Foundation.connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    private func set<Value: BitwiseCopyable>(_ option: Int32, _ value: Value) {
        var value = value
        setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Value>.size))
    }

    private func receiveMore() throws(Failure) {
        var buffer = [UInt8](repeating: 0, count: 64 * 1_024)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        switch count {
        case 1...: received.withLock { $0.append(contentsOf: buffer[..<count]) }
        case 0: throw .endOfStream
        default:
            switch errno {
            case EAGAIN: throw .timedOut
            case ECONNRESET: throw .endOfStream
            case let reason: throw .systemCall("recv", errno: reason)
            }
        }
    }

    private func on<Value: Sendable>(
        _ queue: DispatchQueue, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
