/// Storage connections for asynchronous callers: each on a thread of its own, so that a slow query never holds up the
/// cooperative thread pool.
public final class StoragePool: Sendable {
    /// Connections are opened when first needed, and again after they were lost.
    public init(location: StorageLocation, connections: Int) {}

    /// Runs `body` with a connection that nothing else uses meanwhile.
    public func withStorage<Value: Sendable>(
        _ body: @escaping @Sendable (any Storage) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        throw .unavailable("")
    }

    /// Ends the threads and closes the connections; calls under way are finished first.
    public func close() async {}
}
