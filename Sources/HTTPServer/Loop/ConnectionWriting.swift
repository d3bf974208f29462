import Foundation

/// What goes out: responses whole or piece by piece, and the end of the connection.
extension Connection {
    /// Answers a request whose head cannot be used, and closes: what follows it has no meaning.
    func refuse(_ error: HTTPError) {
        let requestID = RequestIDSequence.sane(decoder.headers["X-Request-Id"]) ?? loop.requestIDs.next()
        loop.report(error, line: decoder.line, requestID: requestID)
        let response = error.response(requestID: requestID)
        closesAfterResponse = true
        isUnsound = true
        readDeadline = nil
        send(response, framing: ResponseFraming(response, version: .http11), version: .http11, requestID: requestID)
        phase = .responding
        flush()
    }

    /// A handler's whole response.
    func respond(_ response: HTTPResponse, to exchange: Exchange) {
        startResponse(response, to: exchange)
        phase = .responding
        flush()
    }

    /// The head of a streamed response.
    func startStream(_ response: HTTPResponse, to exchange: Exchange) {
        startResponse(response, to: exchange)
        flush()
    }

    /// One piece of a streamed response. Its sender goes on when the client has taken it.
    func sendPiece(_ bytes: [UInt8], of exchange: Exchange, _ waiter: LoopMessage.PieceContinuation) {
        switch exchange.responseFraming {
        case .chunked: output.append(Array("\(String(bytes.count, radix: 16))\r\n".utf8), bytes + Array("\r\n".utf8))
        case .untilClose: output.append([], bytes)
        // The status allows no body: nothing of it is sent.
        case .none, .length: return waiter.resume(returning: true)
        }
        exchange.pieceWaiter = waiter
        flush()
    }

    func finishStream(of exchange: Exchange, isComplete: Bool) {
        guard isComplete else { return close() }
        if exchange.responseFraming == .chunked { output.append(Array("0\r\n\r\n".utf8)) }
        phase = .responding
        flush()
    }

    private func startResponse(_ response: HTTPResponse, to exchange: Exchange) {
        let framing = ResponseFraming(response, version: exchange.head.line.version)
        exchange.responseFraming = framing
        if !exchange.head.keepAlive || !canSkipBody(of: exchange) || framing == .untilClose || loop.isStopping {
            closesAfterResponse = true
        }
        readDeadline = nil
        send(
            response, framing: framing, version: exchange.head.line.version, requestID: exchange.requestID,
            isHeadOnly: exchange.head.line.method == "HEAD")
    }

    private func send(
        _ response: HTTPResponse, framing: ResponseFraming, version: HTTPVersion, requestID: String,
        isHeadOnly: Bool = false
    ) {
        let head = ResponseHead(
            status: response.status, headers: response.headers, framing: framing, keepAlive: !closesAfterResponse,
            version: version, requestID: requestID, date: loop.date.text)
        guard case .length = framing, !isHeadOnly, case .bytes(let bytes) = response.body else {
            return output.append(head.encoded())
        }
        output.append(head.encoded(), bytes)
    }

    /// Whether what the client sends of an unread body can be told from its next request, and is not too much to read.
    private func canSkipBody(of exchange: Exchange) -> Bool {
        if decoder.isBodyComplete, exchange.bodyFailure == nil { return true }
        // A client that was not told to continue may send the body or leave it out.
        let isUncertain = exchange.head.expectsContinue && !exchange.hasSentContinue
        let remaining = decoder.remainingBodyBytes ?? 0
        return exchange.bodyFailure == nil && !isUncertain
            && remaining <= loop.context.configuration.limits.unreadBodyBytes
    }

    /// Sends what the client takes now; the poller reports when it takes more.
    func flush() {
        while !output.isEmpty, isWritable {
            switch output.send(on: socket) {
            case .transferred: continue
            case .wouldBlock, .endOfStream: isWritable = false
            case .failed: return close()
            }
        }
        guard output.isEmpty else {
            if writeDeadline == nil { writeDeadline = loop.now + timeouts.write }
            return
        }
        writeDeadline = nil
        switch phase {
        case .handling: exchange?.finishPiece(isSent: true)
        case .responding: finishResponse()
        case .head, .draining, .lingering, .closed: break
        }
    }

    private func finishResponse() {
        exchange = nil
        if closesAfterResponse {
            if !isUnsound, decoder.isEmpty, decoder.isBodyComplete, !isReadable { return close() }
            socket.shutDownWriting()
            phase = .lingering
            readDeadline = loop.now + timeouts.linger
        } else if decoder.isBodyComplete {
            awaitNextRequest()
        } else {
            phase = .draining
            drainedBytes = 0
            readDeadline = loop.now + timeouts.body
        }
    }

    func awaitNextRequest() {
        phase = .head
        readDeadline = loop.now + (decoder.isEmpty ? timeouts.idle : timeouts.header)
    }
}
