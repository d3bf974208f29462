/// A message to the loop.
enum LoopMessage: Sendable {
    case listen(Listener)
    /// A handler asks for its request's body.
    case collectBody(ExchangeID, limit: Int, BodyContinuation)
    /// A handler is done, and this is its whole response.
    case respond(ExchangeID, HTTPResponse)
    case startStream(ExchangeID, HTTPResponse)
    /// One piece of a streamed response; the continuation learns whether the client has taken it.
    case sendPiece(ExchangeID, [UInt8], PieceContinuation)
    /// A handler is done with its stream. An incomplete one ends the connection, so that the client can tell.
    case finishStream(ExchangeID, isComplete: Bool)
    case shutDown(within: Duration, CheckedContinuation<Void, Never>)

    typealias BodyContinuation = CheckedContinuation<Result<[UInt8], HTTPError>, Never>
    typealias PieceContinuation = CheckedContinuation<Bool, Never>

    /// Answers whoever waits, where nobody is left to act on the message.
    func reject() {
        switch self {
        case .listen, .respond, .startStream, .finishStream: break
        case .collectBody(_, _, let continuation): continuation.resume(returning: .failure(.bodyCutShort))
        case .sendPiece(_, _, let continuation): continuation.resume(returning: false)
        case .shutDown(_, let continuation): continuation.resume()
        }
    }
}

/// One request on one connection. A late message for an earlier request must not reach a later one.
struct ExchangeID: Sendable, Equatable {
    var connection: UInt64
    /// Counts the connection's requests.
    var number: UInt64
}
