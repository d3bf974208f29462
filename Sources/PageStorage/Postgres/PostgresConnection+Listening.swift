import CLibPQ
import Foundation

extension PostgresConnection {
    /// Has the server send the notifications of a channel, from now on.
    func listen(to channel: String) throws(PostgresError) {
        guard !isListening else { return }
        try run("LISTEN \(channel)")
        isListening = true
    }

    /// Waits for a notification, and takes all that are there.
    /// - Returns: false if the time was up before.
    func waitForNotification(until deadline: ContinuousClock.Instant) throws(PostgresError) -> Bool {
        while true {
            guard PQconsumeInput(connection) == 1 else { throw PostgresError(connection: connection) }
            if takeNotifications() { return true }
            let rest = deadline - .now
            guard rest > .zero else { return false }
            var socket = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
            // Rounded up, lest the last millisecond be spent in circles.
            poll(&socket, 1, Int32(clamping: Int(rest / .milliseconds(1)) + 1))
        }
    }

    private func takeNotifications() -> Bool {
        var isAny = false
        while let notification = PQnotifies(connection) {
            PQfreemem(notification)
            isAny = true
        }
        return isAny
    }
}
