import CProcess
import Foundation

/// One end of the connection between server and worker: frames over a stream socket that it owns. All calls block.
public struct FrameChannel: ~Copyable, Sendable {
    public typealias Deadline = ContinuousClock.Instant

    private let descriptor: Descriptor
    private var decoder: FrameDecoder
    private var chunk = [UInt8](repeating: 0, count: 65_536)

    public init(_ descriptor: consuming Descriptor, limits: FrameLimits = .standard) {
        self.descriptor = descriptor
        decoder = FrameDecoder(limits: limits)
    }

    /// - Parameter deadline: nil waits for as long as it takes.
    public mutating func send(_ frame: Frame, deadline: Deadline? = nil) throws(ChannelError) {
        try send([frame], deadline: deadline)
    }

    /// Sends frames, as far as possible in one go.
    /// - Parameter deadline: nil waits for as long as it takes.
    public mutating func send(_ frames: [Frame], deadline: Deadline? = nil) throws(ChannelError) {
        var bytes: [UInt8] = []
        for frame in frames {
            do { bytes += try frame.encoded(limits: decoder.limits) } catch { throw .frame(error) }
        }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                // MSG_NOSIGNAL: a peer that has gone is an error here, not a SIGPIPE.
                Glibc.send(
                    descriptor.number, buffer.baseAddress.map { $0 + sent }, buffer.count - sent,
                    Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
            }
            if count >= 0 { sent += count } else { try waitAfter(errno, in: "send", for: POLLOUT, until: deadline) }
        }
    }

    /// The next frame; nil when the peer has closed the connection after its last frame.
    /// - Parameter deadline: nil waits for as long as it takes. What has arrived until then is kept for the next call.
    public mutating func receive(deadline: Deadline? = nil) throws(ChannelError) -> Frame? {
        while true {
            do { if let frame = try decoder.next() { return frame } } catch { throw .frame(error) }
            let count = chunk.withUnsafeMutableBytes { buffer in
                recv(descriptor.number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                decoder.append(chunk[..<count])
            } else if count < 0 {
                try waitAfter(errno, in: "recv", for: POLLIN, until: deadline)
            } else if decoder.holdsPartOfFrame {
                throw .closed
            } else {
                return nil
            }
        }
    }

    /// Whether the peer has sent something, or has gone. Does not wait.
    public func isReadable() -> Bool {
        var descriptors = [pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)]
        return poll(&descriptors, 1, 0) > 0
    }

    /// Tells the peer that nothing more will come: it reads the end of the stream, and can still answer.
    public func finishSending() { shutdown(descriptor.number, Int32(SHUT_WR)) }

    /// The process that made the socket pair: for a worker, the server; nil if unknown.
    public func peerProcess() -> pid_t? {
        let process = cprocess_peer(descriptor.number)
        return process < 0 ? nil : process
    }

    /// Goes on at once after an interruption, waits where the call would have blocked, and throws for all else.
    private func waitAfter(
        _ code: Int32, in call: String, for events: Int32, until deadline: Deadline?
    ) throws(ChannelError) {
        switch code {
        case EINTR: return
        case EAGAIN: try wait(for: events, until: deadline)
        case EPIPE, ECONNRESET: throw .closed
        default: throw .system(call: call, code: code)
        }
    }

    private func wait(for events: Int32, until deadline: Deadline?) throws(ChannelError) {
        var timeout: Int32 = -1
        if let deadline {
            let left = deadline - .now
            guard left > .zero else { throw .timedOut }
            // Rounded up, so that the last wait does not end before the deadline over and over.
            timeout = Int32(min(left, .seconds(3600)).wholeMilliseconds + 1)
        }
        var descriptors = [pollfd(fd: descriptor.number, events: Int16(events), revents: 0)]
        if poll(&descriptors, 1, timeout) < 0, errno != EINTR { throw .system(call: "poll", code: errno) }
    }
}

/// Why a frame could not be sent or received.
public enum ChannelError: Error, Equatable, Sendable {
    case timedOut
    /// The peer has gone: inside a frame that it was sending, or before it took all of ours.
    case closed
    case frame(FrameError)
    case system(call: String, code: Int32)
}

extension Duration {
    /// Rounded towards zero.
    public var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }

    /// Rounded towards zero.
    public var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
