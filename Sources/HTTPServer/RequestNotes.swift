import Synchronization

/// What a handler finds out about its request, for the line that the log gets of it.
public final class RequestNotes: Sendable {
    private let notes = Mutex<[(name: String, value: String)]>([])

    public init() {}

    /// - Parameters:
    ///   - name: as `token` or `program`; the same one may be noted again, and the last value counts.
    ///   - value: nothing of what the request or its answer carries.
    public func add(_ name: String, _ value: String) { notes.withLock { $0.append((name, value)) } }

    var all: [(name: String, value: String)] { notes.withLock { $0 } }
}
