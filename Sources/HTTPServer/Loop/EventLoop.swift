import Foundation
import Logging

/// The server's one thread of input and output: it accepts, reads, decodes, writes and keeps all deadlines.
///
/// Everything in it and in its connections is used by that thread alone; the others post messages.
final class EventLoop {
    typealias Instant = ContinuousClock.Instant

    static let wakeToken: UInt64 = 0
    private static let listenerToken: UInt64 = 1

    let context: ServerContext
    private let poller: Poller
    private var listener: Listener?
    private var connections: [UInt64: Connection] = [:]
    private var surplusConnections = 0
    private var nextToken: UInt64 = 2
    private var resumed: [Connection] = []
    private var messages: [LoopMessage] = []

    /// Handlers that have not finished, also those whose client is gone.
    var runningHandlers = 0
    var sweep = DeadlineSweep()
    /// Read once each turn.
    private(set) var now = ContinuousClock.now
    private(set) var date = HTTPDate()
    var requestIDs = RequestIDSequence()
    /// Every connection reads into it; what is read moves on at once.
    let receiveBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1_024, alignment: 16)

    /// When accepting goes on after a lack of descriptors.
    private var acceptsAgainAt: Instant?
    private var stop: (deadline: Instant, waiters: [CheckedContinuation<Void, Never>])?

    init(context: ServerContext, poller: Poller) {
        self.context = context
        self.poller = poller
    }

    deinit { receiveBuffer.deallocate() }

    var isStopping: Bool { stop != nil }

    /// Serves until it is told to shut down and has nothing left to do.
    func run() {
        context.noteLoopThread()
        while !isDone {
            let events = poller.wait(atMost: waitingTime())
            now = ContinuousClock.now
            date.update(time(nil))
            for event in events { handle(event) }
            resumeConnections()
            context.mailbox.takeAll(into: &messages)
            for message in messages { handle(message) }
            if sweep.start(now) { for connection in connections.values { connection.checkDeadlines(now) } }
            acceptAgainIfDue()
        }
        for connection in connections.values { connection.close() }
        context.mailbox.close()
        for waiter in stop?.waiters ?? [] { waiter.resume() }
    }

    private var isDone: Bool {
        guard let stop else { return false }
        return stop.deadline <= now || (connections.isEmpty && runningHandlers == 0)
    }

    private func waitingTime() -> Duration? {
        guard resumed.isEmpty, context.mailbox.prepareToSleep() else { return .zero }
        let due = [sweep.next, acceptsAgainAt, stop?.deadline].compactMap { $0 }.min()
        return due.map { $0 - ContinuousClock.now }
    }

    // MARK: - Events

    private func handle(_ event: Readiness) {
        switch event.token {
        case Self.wakeToken: break
        case Self.listenerToken: acceptConnections()
        default: connections[event.token]?.handle(event)
        }
    }

    /// A connection that still has input gets its next turn after all others.
    func resumeLater(_ connection: Connection) { resumed.append(connection) }

    private func resumeConnections() {
        let turn = resumed
        resumed = []
        for connection in turn { connection.advance() }
    }

    private func handle(_ message: LoopMessage) {
        switch message {
        case .listen(let listener): listen(listener)
        case .shutDown(let limit, let waiter): shutDown(within: limit, waiter)
        case .collectBody(let id, let limit, let waiter):
            guard let (connection, exchange) = find(id) else { return message.reject() }
            connection.collectBody(of: exchange, limit: limit, waiter)
        case .respond(let id, let response):
            runningHandlers -= 1
            guard let (connection, exchange) = find(id) else { return }
            connection.respond(response, to: exchange)
            connection.advance()
        case .startStream(let id, let response):
            guard let (connection, exchange) = find(id) else { return }
            connection.startStream(response, to: exchange)
        case .sendPiece(let id, let bytes, let waiter):
            guard let (connection, exchange) = find(id) else { return message.reject() }
            connection.sendPiece(bytes, of: exchange, waiter)
        case .finishStream(let id, let isComplete):
            runningHandlers -= 1
            guard let (connection, exchange) = find(id) else { return }
            connection.finishStream(of: exchange, isComplete: isComplete)
            connection.advance()
        }
    }

    /// The request that a handler speaks of, if it is still being handled.
    private func find(_ id: ExchangeID) -> (Connection, Exchange)? {
        guard let connection = connections[id.connection], connection.phase == .handling,
            let exchange = connection.exchange, exchange.id == id
        else { return nil }
        return (connection, exchange)
    }

    /// Logs a request that no handler has seen.
    func report(_ error: HTTPError, line: RequestLine?, requestID: String) {
        let exchange = HTTPExchange(method: line?.method ?? "-", route: nil, status: error.status, duration: 0)
        Task { [context] in context.report(exchange, path: line?.target.path ?? "-", requestID: requestID) }
    }

    // MARK: - Connections

    private func listen(_ listener: Listener) {
        self.listener = listener
        do {
            try poller.add(listener.descriptor.number, token: Self.listenerToken, .levelReadable)
        } catch {
            warn("cannot watch the listening socket: \(error)")
        }
    }

    private func acceptConnections() {
        // A bounded number, then the connections that are here get their turn; the poller reports the rest again.
        for _ in 0..<64 {
            guard let accepted = listener?.accept() else { return }
            switch consume accepted {
            case .connection(let socket): admit(socket)
            case .noneWaiting: return
            case .outOfDescriptors: return pauseAccepting("no file descriptor is left")
            case .failed(let reason): return pauseAccepting(describe(errno: reason))
            }
        }
    }

    private func admit(_ socket: consuming Socket) {
        let isSurplus = connections.count - surplusConnections >= context.configuration.maxConnections
        // Even to say no takes a descriptor: past this number the door is just shut.
        guard !isSurplus || surplusConnections < 64 else { return }
        let token = nextToken
        nextToken += 1
        let number = socket.descriptor.number
        let connection = Connection(id: token, socket: socket, loop: self, isSurplus: isSurplus)
        guard (try? poller.add(number, token: token, .edge)) != nil else { return }
        connections[token] = connection
        if isSurplus { surplusConnections += 1 }
        connection.start()
    }

    func remove(_ connection: Connection) {
        guard connections.removeValue(forKey: connection.id) != nil else { return }
        if connection.isSurplus { surplusConnections -= 1 }
    }

    /// Clients that wait stay in the backlog until a descriptor is free: a listener that cannot accept would be
    /// reported without end.
    private func pauseAccepting(_ reason: String) {
        guard let listener else { return }
        poller.remove(listener.descriptor.number)
        acceptsAgainAt = now + .milliseconds(100)
        warn("accepting connections pauses: \(reason)")
    }

    private func acceptAgainIfDue() {
        guard let due = acceptsAgainAt, due <= now else { return }
        acceptsAgainAt = nil
        guard let listener else { return }
        do {
            try poller.add(listener.descriptor.number, token: Self.listenerToken, .levelReadable)
        } catch {
            acceptsAgainAt = now + .milliseconds(100)
        }
    }

    private func shutDown(within limit: Duration, _ waiter: CheckedContinuation<Void, Never>) {
        stop = (min(stop?.deadline ?? now + limit, now + limit), (stop?.waiters ?? []) + [waiter])
        // Whoever has connected already is still served.
        acceptConnections()
        listener = nil
        acceptsAgainAt = nil
        for connection in connections.values { connection.shutDown() }
    }

    /// Off the loop, as a log may block.
    private func warn(_ message: String) {
        Task { [context] in context.logger.warning("\(message)") }
    }
}
