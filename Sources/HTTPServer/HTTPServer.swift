import Foundation
import Logging
import Synchronization

/// An HTTP/1.1 server (RFC 9110, RFC 9112) on one listening socket.
///
/// One thread does all input and output; handlers run as tasks beside it, a bounded number at once.
public final class HTTPServer: Sendable {
    private let configuration: HTTPServerConfiguration
    private let router: Router
    private let logger: Logger
    private let observe: (@Sendable (HTTPExchange) -> Void)?
    private let mailbox = Mutex<Mailbox?>(nil)

    /// - Parameters:
    ///   - logger: gets one line for each request, and what goes wrong.
    ///   - observe: called once for each finished exchange, from any thread.
    public init(
        configuration: HTTPServerConfiguration, router: Router, logger: Logger,
        observe: (@Sendable (HTTPExchange) -> Void)? = nil
    ) {
        self.configuration = configuration
        self.router = router
        self.logger = logger
        self.observe = observe
    }

    /// Binds the address and begins to serve; returns when clients can connect.
    public func start() throws(HTTPServerError) -> BoundAddress {
        let mailbox = try claim()
        do {
            let listener = try Listener(
                host: configuration.host, port: configuration.port, backlog: configuration.backlog)
            let poller = try Poller()
            try poller.add(mailbox.signal.descriptor.number, token: EventLoop.wakeToken, .edge)
            let context = ServerContext(
                configuration: configuration, router: router, logger: logger, observe: observe, mailbox: mailbox)
            let thread = Thread {
                Thread.current.name = "http"
                EventLoop(context: context, poller: poller).run()
            }
            mailbox.post(.listen(listener))
            thread.start()
            return listener.address
        } catch {
            self.mailbox.withLock { $0 = nil }
            throw error
        }
    }

    /// Stops accepting at once, closes idle connections and lets requests in flight finish; after `limit` it closes
    /// what is left and cancels its handlers. Returns as soon as nothing is left.
    public func shutdown(within limit: Duration) async {
        guard let mailbox = mailbox.withLock({ $0 }) else { return }
        await withCheckedContinuation { continuation in
            mailbox.post(.shutDown(within: limit, continuation))
        }
    }

    /// The mailbox of a server that starts for the first time.
    private func claim() throws(HTTPServerError) -> Mailbox {
        let mailbox = try Mailbox()
        let isFirst = self.mailbox.withLock { current in
            guard current == nil else { return false }
            current = mailbox
            return true
        }
        guard isFirst else { throw .alreadyStarted }
        return mailbox
    }
}
