import Foundation

/// One client's connection, from `accept` to `close`. It lives on the loop's thread and never waits.
///
/// The phases of a request follow each other; reading and writing move them on, in the files beside this one.
final class Connection {
    typealias Instant = ContinuousClock.Instant

    enum Phase {
        /// Between requests or within a head.
        case head
        /// A handler works: it may ask for the body, and may have begun a streamed response.
        case handling
        /// The response is complete but not yet sent.
        case responding
        /// A body that nobody asked for is read and dropped.
        case draining
        /// Nothing more is sent. What the client still sends is dropped for a while: closing at once would make the
        /// kernel reset the connection, and the client might lose the answer (RFC 9112, section 9.6).
        case lingering
        case closed
    }

    let id: UInt64
    let socket: Socket
    unowned let loop: EventLoop
    /// Over the limit of connections: not counted among those that are served.
    let isSurplus: Bool

    var phase = Phase.head
    var decoder: RequestDecoder
    var exchange: Exchange?
    var requestCount: UInt64 = 0
    var closesAfterResponse = false
    /// The client's bytes cannot be understood any more.
    var isUnsound = false
    var drainedBytes = 0

    /// Whether reading or writing may succeed, by what the poller reported since it last failed.
    var isReadable = false
    var isWritable = true
    var isPeerClosed = false
    var hasEnded = false
    /// What may still be read before it is another connection's turn.
    var readBudget = 0
    var output = Output()

    /// For what the client is to send.
    var readDeadline: Instant? { didSet { if let readDeadline { loop.sweep.add(readDeadline) } } }
    /// For what the client is to take.
    var writeDeadline: Instant? { didSet { if let writeDeadline { loop.sweep.add(writeDeadline) } } }

    init(id: UInt64, socket: consuming Socket, loop: EventLoop, isSurplus: Bool) {
        self.id = id
        self.socket = socket
        self.loop = loop
        self.isSurplus = isSurplus
        decoder = RequestDecoder(limits: loop.context.configuration.limits)
    }

    var timeouts: HTTPServerConfiguration.Timeouts { loop.context.configuration.timeouts }

    func start() {
        if isSurplus {
            refuse(.overloaded("The server has all the connections that it is configured for."))
        } else {
            readDeadline = loop.now + timeouts.header
        }
        // The first bytes have often come along with the connection.
        isReadable = true
        advance()
    }

    func handle(_ readiness: Readiness) {
        if readiness.isBroken { return close() }
        if readiness.isReadable { isReadable = true }
        if readiness.isPeerClosed, !isPeerClosed {
            isPeerClosed = true
            // Who closes while the answer is being worked out does not want it any more. The answer is sent all the
            // same: the client may have closed only its own side.
            if phase == .handling { exchange?.task?.cancel() }
        }
        if readiness.isWritable {
            isWritable = true
            flush()
        }
        advance()
    }

    /// The earliest deadline that is still to come; acts on those that have passed.
    func checkDeadlines(_ now: Instant) {
        if let writeDeadline, writeDeadline <= now { return close() }
        if let readDeadline, readDeadline <= now {
            self.readDeadline = nil
            readingTimedOut()
        } else if let readDeadline {
            loop.sweep.add(readDeadline)
        }
        if let writeDeadline { loop.sweep.add(writeDeadline) }
    }

    private func readingTimedOut() {
        switch phase {
        case .head where decoder.isEmpty: close()
        case .head: refuse(.timeout("The request's head did not arrive in time."))
        case .handling: exchange?.failBody(.timeout("The request's body did not arrive in time."))
        case .responding, .closed: break
        case .draining, .lingering: close()
        }
        advance()
    }

    /// The server stops: an idle connection closes now, any other after its response.
    func shutDown() {
        closesAfterResponse = true
        guard phase == .head else { return }
        // A request may have arrived that the poller has not reported yet.
        isReadable = true
        advance()
        if phase == .head, decoder.isEmpty { close() }
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        exchange?.abandon()
        exchange = nil
        loop.remove(self)
    }
}
