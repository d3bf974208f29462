/// What waits to be sent on one connection: a head and a body, so that both leave in one call without being copied.
struct Output {
    private var head: [UInt8] = []
    private var body: [UInt8] = []
    /// Bytes of head and body together that have been sent.
    private var sent = 0

    var isEmpty: Bool { sent == head.count + body.count }

    mutating func append(_ newHead: [UInt8], _ newBody: [UInt8] = []) {
        if isEmpty {
            head = newHead
            body = newBody
            sent = 0
        } else if body.isEmpty {
            head += newHead
            body = newBody
        } else {
            body += newHead
            body += newBody
        }
    }

    /// Sends as much as the socket takes at once.
    mutating func send(on socket: borrowing Socket) -> Socket.Outcome {
        let outcome = head.withUnsafeBytes { head in
            body.withUnsafeBytes { body in
                socket.send(
                    UnsafeRawBufferPointer(rebasing: head.dropFirst(sent)),
                    UnsafeRawBufferPointer(rebasing: body.dropFirst(max(0, sent - head.count))))
            }
        }
        if case .transferred(let count) = outcome { sent += count }
        // Nothing that has been sent is held in memory.
        if isEmpty { self = Output() }
        return outcome
    }
}
