import CEpoll
import Foundation

/// A connected, non-blocking TCP socket. Its calls never wait and never raise a signal.
struct Socket: ~Copyable {
    let descriptor: FileDescriptor

    enum Outcome: Equatable {
        case transferred(Int)
        case wouldBlock
        case endOfStream
        /// The connection is broken.
        case failed
    }

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
        // A response leaves at once: it is handed over whole, so there is nothing to wait for (RFC 896).
        var on: Int32 = 1
        setsockopt(self.descriptor.number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        let count = retryingInterrupts { recv(descriptor.number, buffer.baseAddress, buffer.count, 0) }
        return count == 0 ? .endOfStream : Self.outcome(count)
    }

    /// Sends two pieces in one call; either may be empty.
    func send(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Outcome {
        withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { pieces in
            pieces[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count)
            pieces[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
            var message = msghdr()
            message.msg_iov = pieces.baseAddress
            message.msg_iovlen = 2
            // `writev` with a flag: it cannot be told to spare the process SIGPIPE.
            let count = retryingInterrupts { sendmsg(descriptor.number, &message, Int32(MSG_NOSIGNAL)) }
            return Self.outcome(count)
        }
    }

    /// Tells the peer that nothing more comes; reading goes on.
    func shutDownWriting() { shutdown(descriptor.number, Int32(SHUT_WR)) }

    private static func outcome(_ count: Int) -> Outcome {
        if count >= 0 { return .transferred(count) }
        return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed
    }
}

private func retryingInterrupts(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
