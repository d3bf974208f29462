import Foundation

/// What comes in: heads, bodies, and what nobody wants.
extension Connection {
    /// Reads and decodes until something else has to happen first.
    func advance() {
        readBudget = 1 << 20
        while true {
            let hasProgressed =
                switch phase {
                case .head: readHead()
                case .handling: readBody()
                case .draining: drain()
                case .lingering: linger()
                case .responding, .closed: false
                }
            if !hasProgressed { return }
        }
    }

    private func readHead() -> Bool {
        do {
            if let head = try decoder.decodeHead() {
                begin(head)
                return true
            }
        } catch {
            refuse(error)
            return true
        }
        let wasIdle = decoder.isEmpty && requestCount > 0
        switch receive() {
        case .bytes:
            if wasIdle { readDeadline = loop.now + timeouts.header }
            return true
        case .nothing: return false
        case .end:
            close()
            return false
        }
    }

    /// Starts the handler of a request whose head is complete.
    private func begin(_ head: RequestHead) {
        readDeadline = nil
        requestCount += 1
        phase = .handling
        let requestID = RequestIDSequence.sane(head.headers["X-Request-Id"]) ?? loop.requestIDs.next()
        let exchange = Exchange(
            id: ExchangeID(connection: id, number: requestCount), head: head, requestID: requestID)
        self.exchange = exchange
        guard loop.context.slots.count < loop.context.configuration.maxConcurrentHandlers else {
            let error = HTTPError.overloaded("The server works on all the requests that it is configured for.")
            loop.report(error, line: head.line, requestID: requestID)
            respond(error.response(requestID: requestID), to: exchange)
            return
        }
        let task = RequestTask(
            exchange: exchange.id, request: request(exchange), context: loop.context, started: loop.now)
        loop.runningHandlers += 1
        exchange.task = task.start(isWhole: decoder.isBodyComplete)
    }

    private func request(_ exchange: Exchange) -> HTTPRequest {
        // A body that is here already needs no way back through the loop.
        decodeBody(of: exchange)
        let body: HTTPBody
        if decoder.isBodyComplete, exchange.bodyFailure == nil {
            body = HTTPBody(exchange.body)
        } else {
            body = HTTPBody { [id = exchange.id, mailbox = loop.context.mailbox] limit throws(HTTPError) in
                let result = await withCheckedContinuation { continuation in
                    mailbox.post(.collectBody(id, limit: limit, continuation))
                }
                return try result.get()
            }
        }
        let head = exchange.head
        return HTTPRequest(
            method: head.line.method, path: head.line.target.path, segments: head.line.target.segments,
            query: head.line.target.query, headers: head.headers, requestID: exchange.requestID, body: body)
    }

    private func decodeBody(of exchange: Exchange) {
        do {
            try decoder.decodeBody(to: &exchange.body)
        } catch {
            exchange.failBody(error)
        }
    }

    /// A handler asks for the body.
    func collectBody(of exchange: Exchange, limit: Int, _ waiter: LoopMessage.BodyContinuation) {
        if let failure = exchange.bodyFailure { return waiter.resume(returning: .failure(failure)) }
        if decoder.isBodyComplete { return waiter.resume(returning: .success(exchange.body)) }
        if case .length(let count) = exchange.head.framing, count > limit {
            return waiter.resume(returning: .failure(.contentTooLarge(limit: limit)))
        }
        exchange.bodyLimit = limit
        exchange.bodyWaiters.append(waiter)
        readDeadline = loop.now + timeouts.body
        if exchange.head.expectsContinue, !exchange.hasSentContinue {
            exchange.hasSentContinue = true
            output.append(ResponseHead.continue100)
            flush()
        }
        advance()
    }

    private func readBody() -> Bool {
        guard let exchange, !exchange.bodyWaiters.isEmpty else { return false }
        decodeBody(of: exchange)
        if exchange.body.count > exchange.bodyLimit {
            exchange.failBody(.contentTooLarge(limit: exchange.bodyLimit))
        } else if decoder.isBodyComplete {
            exchange.deliverBody()
        }
        guard !exchange.bodyWaiters.isEmpty else {
            readDeadline = nil
            return false
        }
        switch receive() {
        case .bytes: return true
        case .nothing: return false
        case .end:
            readDeadline = nil
            exchange.failBody(.bodyCutShort)
            return false
        }
    }

    private func drain() -> Bool {
        var dropped: [UInt8] = []
        let isDecodable = (try? decoder.decodeBody(to: &dropped)) != nil
        drainedBytes += dropped.count
        guard isDecodable, drainedBytes <= loop.context.configuration.limits.unreadBodyBytes else {
            close()
            return false
        }
        if decoder.isBodyComplete {
            awaitNextRequest()
            return true
        }
        switch receive() {
        case .bytes: return true
        case .nothing: return false
        case .end:
            close()
            return false
        }
    }

    private func linger() -> Bool {
        switch receive(keeping: false) {
        case .bytes: return true
        case .nothing: return false
        case .end:
            close()
            return false
        }
    }

    private enum Received {
        case bytes
        case nothing
        case end
    }

    /// Reads once, if there may be something to read.
    private func receive(keeping: Bool = true) -> Received {
        if hasEnded { return .end }
        guard isReadable else { return .nothing }
        guard readBudget > 0 else {
            loop.resumeLater(self)
            return .nothing
        }
        switch socket.receive(into: loop.receiveBuffer) {
        case .transferred(let count):
            readBudget -= count
            // Less than asked for is all there was; the poller reports what comes after (epoll(7)).
            if count < loop.receiveBuffer.count, !isPeerClosed { isReadable = false }
            if keeping { decoder.append(UnsafeRawBufferPointer(rebasing: loop.receiveBuffer[..<count])) }
            return .bytes
        case .wouldBlock:
            isReadable = false
            return .nothing
        case .endOfStream:
            hasEnded = true
            return .end
        case .failed:
            close()
            return .nothing
        }
    }
}
