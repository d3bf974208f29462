import CEpoll
import Foundation

/// Wakes a thread that waits in a ``Poller`` (eventfd(2)).
///
/// Registered with the edge trigger, so the count need never be read back.
struct WakeSignal: ~Copyable, Sendable {
    let descriptor: FileDescriptor

    init() throws(HTTPServerError) {
        descriptor = try FileDescriptor(eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)), from: "eventfd")
    }

    func raise() { eventfd_write(descriptor.number, 1) }
}
