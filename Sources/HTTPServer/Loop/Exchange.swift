/// The loop's side of one request and its response.
final class Exchange {
    let id: ExchangeID
    let head: RequestHead
    let requestID: String
    var task: Task<Void, Never>?

    /// What has arrived of the body.
    var body: [UInt8] = []
    /// Why the body cannot be had any more.
    var bodyFailure: HTTPError?
    var bodyLimit = Int.max
    var bodyWaiters: [LoopMessage.BodyContinuation] = []
    var hasSentContinue = false

    /// How the response's body is framed, once its head is sent.
    var responseFraming = ResponseFraming.none
    var pieceWaiter: LoopMessage.PieceContinuation?

    init(id: ExchangeID, head: RequestHead, requestID: String) {
        self.id = id
        self.head = head
        self.requestID = requestID
    }

    func deliverBody() {
        for waiter in bodyWaiters { waiter.resume(returning: .success(body)) }
        bodyWaiters = []
    }

    func failBody(_ error: HTTPError) {
        bodyFailure = error
        body = []
        for waiter in bodyWaiters { waiter.resume(returning: .failure(error)) }
        bodyWaiters = []
    }

    func finishPiece(isSent: Bool) {
        pieceWaiter?.resume(returning: isSent)
        pieceWaiter = nil
    }

    /// The client is gone or the server stops: the handler's work is for nothing.
    func abandon() {
        task?.cancel()
        failBody(.bodyCutShort)
        finishPiece(isSent: false)
    }
}
