import HTTPServer
import Synchronization

/// Streams of server-sent events (HTML Living Standard, section 9.2) that are open, each with a task that writes it.
///
/// A stream ends when its task does, when the client is gone or too slow, and when the service ends.
final class EventStreams: Sendable {
    /// Pieces that a client may be behind.
    static let mostUnread = 1024
    /// After how long a client comes back whose stream has ended.
    private static let retry = "retry: 2000\n\n"

    private struct State {
        var isClosed = false
        var tasks: [Int: Task<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.tasks.count } }

    /// - Parameter write: returns or throws at the stream's end; its task is cancelled when the stream ends otherwise.
    /// - Throws: 503 `shutting_down`.
    func open(_ write: @escaping @Sendable (EventSink) async throws -> Void) throws(HTTPError) -> HTTPResponse {
        let (pieces, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.mostUnread))
        let sink = EventSink(continuation)
        continuation.yield(Array(Self.retry.utf8))
        let isOpen = state.withLock { state in
            guard !state.isClosed else { return false }
            let number = state.next
            state.next += 1
            let task = Task {
                // A stream that breaks off is as good as one that ends: the client comes back and asks for the rest.
                try? await write(sink)
                continuation.finish()
                self.state.withLock { _ = $0.tasks.removeValue(forKey: number) }
            }
            continuation.onTermination = { _ in task.cancel() }
            state.tasks[number] = task
            return true
        }
        guard isOpen else { throw HTTPError(.shuttingDown) }
        return HTTPResponse(
            status: 200,
            headers: [
                "Content-Type": "text/event-stream", "Cache-Control": "no-store",
                // A proxy that gathers the answer before it hands it on would hand on nothing (nginx).
                "X-Accel-Buffering": "no",
            ], body: .stream(sink.counting(pieces)))
    }

    /// Ends all streams, and lets none begin.
    func close() {
        let tasks = state.withLock { state in
            state.isClosed = true
            return state.tasks.values.map { $0 }
        }
        for task in tasks { task.cancel() }
    }
}

/// Where the events of one stream go.
final class EventSink: Sendable {
    /// The client is gone, or too far behind.
    struct Closed: Error {}

    private let continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation
    private let unread = Atomic(0)

    init(_ continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation) { self.continuation = continuation }

    /// Who can wait should: the stream ends when the client is too far behind.
    var isHalfFull: Bool { unread.load(ordering: .relaxed) > EventStreams.mostUnread / 2 }

    /// The same pieces, counted as they are read.
    fileprivate func counting(
        _ pieces: AsyncThrowingStream<[UInt8], any Error>
    ) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { [self] in
            guard let piece = try await pieces.first(where: { _ in true }) else { return nil }
            unread.subtract(1, ordering: .relaxed)
            return piece
        }
    }

    /// - Parameters:
    ///   - id: what the client names when it comes back; one line.
    ///   - job: JSON in one line.
    func send(id: String, job: [UInt8]) throws(Closed) {
        try send(Array("event: job\nid: \(id)\ndata: ".utf8) + job + Array("\n\n".utf8))
    }

    /// What no client sees, so that nobody on the way takes the connection for dead.
    func keepAlive() throws(Closed) { try send(Array(": still here\n\n".utf8)) }

    private func send(_ piece: [UInt8]) throws(Closed) {
        guard case .enqueued = continuation.yield(piece) else { throw Closed() }
        unread.add(1, ordering: .relaxed)
    }
}
