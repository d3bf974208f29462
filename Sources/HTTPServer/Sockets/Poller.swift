import CEpoll
import Foundation

/// Waits until one of many descriptors is ready (epoll(7)).
final class Poller: Sendable {
    private let descriptor: FileDescriptor

    init() throws(HTTPServerError) {
        descriptor = try FileDescriptor(epoll_create1(Int32(EPOLL_CLOEXEC)), from: "epoll_create1")
    }

    enum Trigger {
        /// Reported as long as it can be read.
        case levelReadable
        /// Reported once when it becomes readable, writable or closed: one registration serves a connection's life.
        case edge
    }

    /// - Parameter token: comes back with the descriptor's readiness.
    func add(_ number: Int32, token: UInt64, _ trigger: Trigger) throws(HTTPServerError) {
        let bits =
            switch trigger {
            case .levelReadable: EPOLLIN.rawValue
            case .edge: EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
            }
        var event = epoll_event(events: bits, data: epoll_data_t(u64: token))
        guard epoll_ctl(descriptor.number, EPOLL_CTL_ADD, number, &event) == 0 else {
            throw .systemCall("epoll_ctl", errno: errno)
        }
    }

    func remove(_ number: Int32) { epoll_ctl(descriptor.number, EPOLL_CTL_DEL, number, nil) }

    /// Waits until something is ready, at most for this time; nil waits without an end.
    func wait(atMost limit: Duration?) -> [Readiness] {
        // Rounded up: a loop that wakes early for a deadline would have to spin until it.
        let milliseconds = limit.map { Int32(clamping: Int64(max(0, $0 / .milliseconds(1)).rounded(.up))) } ?? -1
        return withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { events in
            let count = epoll_wait(descriptor.number, events.baseAddress, Int32(events.count), milliseconds)
            // A failure can only be EINTR, which is as good as nothing ready.
            return events.prefix(max(0, Int(count))).map { Readiness(token: $0.data.u64, bits: $0.events) }
        }
    }
}

/// What a descriptor is ready for.
struct Readiness {
    let token: UInt64
    fileprivate let bits: UInt32

    /// Bytes, the end of the stream or an error can be read.
    var isReadable: Bool { bits & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue) != 0 }
    var isWritable: Bool { bits & EPOLLOUT.rawValue != 0 }
    /// The peer sends no more.
    var isPeerClosed: Bool { bits & EPOLLRDHUP.rawValue != 0 }
    /// Nothing can be sent or received any more.
    var isBroken: Bool { bits & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 }
}
