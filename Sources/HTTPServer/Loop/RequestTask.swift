import Foundation
import Logging
import Synchronization
import ThreadLending

/// What all requests of a server share.
final class ServerContext: Sendable {
    let configuration: HTTPServerConfiguration
    let router: Router
    let logger: Logger
    let observe: (@Sendable (HTTPExchange) -> Void)?
    let mailbox: Mailbox
    let slots = HandlerSlots()
    private let loopThread = Atomic<UInt>(0)

    init(
        configuration: HTTPServerConfiguration, router: Router, logger: Logger,
        observe: (@Sendable (HTTPExchange) -> Void)?, mailbox: Mailbox
    ) {
        self.configuration = configuration
        self.router = router
        self.logger = logger
        self.observe = observe
        self.mailbox = mailbox
    }

    /// The calling thread is the loop's.
    func noteLoopThread() { loopThread.store(UInt(pthread_self()), ordering: .relaxed) }

    var isOnLoop: Bool { loopThread.load(ordering: .relaxed) == UInt(pthread_self()) }

    var logsRequests: Bool { logger.logLevel <= .info }

    /// Writes the request's line to the log and tells the observer. Never on the loop: a log may block.
    /// - Parameter request: nil where the server itself answered.
    func report(_ exchange: HTTPExchange, path: String, requestID: String, request: HTTPRequest? = nil) {
        if logsRequests {
            var metadata: Logger.Metadata = [
                "request_id": "\(requestID)", "method": "\(exchange.method)", "path": "\(path)",
                "status": .stringConvertible(exchange.status),
                "ms": .stringConvertible(Double(exchange.duration / 1_000) / 1_000),
            ]
            if let request {
                metadata["trace_id"] = "\(request.trace.traceID)"
                metadata["span_id"] = "\(request.trace.spanID)"
                for (name, value) in request.notes.all { metadata[name] = "\(value)" }
            }
            logger.info("request", metadata: metadata)
        }
        observe?(exchange)
    }
}

/// Runs one request's handler, off the loop but for the beginning of a brief one, and hands its response over.
struct RequestTask: Sendable {
    var exchange: ExchangeID
    var request: HTTPRequest
    var context: ServerContext
    var started: ContinuousClock.Instant
    private let match: Router.Match
    private let slot: HandlerSlots.Slot

    init(
        exchange: ExchangeID, request: HTTPRequest, context: ServerContext, started: ContinuousClock.Instant
    ) {
        let slot = HandlerSlots.Slot(of: context.slots)
        self.slot = slot
        match = context.router.match(request)
        self.exchange = exchange
        self.request = request
        self.context = context
        self.started = started
        self.request.releaseSlot = { slot.release() }
    }

    /// - Parameter isWhole: whether the request's body is here.
    func start(isWhole: Bool) -> Task<Void, Never> {
        guard isWhole, case .success(let match) = match, match.route.isBrief else { return Task { await run() } }
        return LendingExecutor.shared.lend {
            Task(executorPreference: LendingExecutor.shared) { await run() }
        }
    }

    private func run() async {
        let answer = await context.router.answer(request, with: match)
        // A log may block.
        if context.isOnLoop, context.logsRequests || answer.failure != nil { await LendingExecutor.shared.leave() }
        if let failure = answer.failure {
            context.logger.error(
                "a handler failed",
                metadata: ["request_id": "\(request.requestID)", "error": "\(String(reflecting: failure))"])
        }
        switch answer.response.body {
        case .stream(let pieces) where request.method != "HEAD":
            context.mailbox.post(.startStream(exchange, answer.response))
            // From now on it waits for what it sends, and for the client to take it.
            slot.release()
            let isComplete = await send(pieces)
            report(answer)
            context.mailbox.post(.finishStream(exchange, isComplete: isComplete))
        case .stream, .bytes:
            // First: whoever has the response finds the request counted.
            report(answer)
            slot.release()
            context.mailbox.post(.respond(exchange, answer.response))
        }
    }

    private func send(_ pieces: AsyncThrowingStream<[UInt8], any Error>) async -> Bool {
        do {
            for try await piece in pieces where !piece.isEmpty {
                let isSent = await withCheckedContinuation { continuation in
                    context.mailbox.post(.sendPiece(exchange, piece, continuation))
                }
                guard isSent else { return false }
            }
            return !Task.isCancelled
        } catch {
            context.logger.error(
                "a streamed response broke off",
                metadata: ["request_id": "\(request.requestID)", "error": "\(String(reflecting: error))"])
            return false
        }
    }

    private func report(_ answer: Router.Answer) {
        let status = Task.isCancelled ? 499 : answer.response.status
        let duration = (ContinuousClock.now - started) / .nanoseconds(1)
        context.report(
            HTTPExchange(method: request.method, route: answer.pattern, status: status, duration: UInt64(duration)),
            path: request.path, requestID: request.requestID, request: request)
    }
}
