import PageStorage

/// A connection to the storage for one thread, opened when first needed.
final class QueueConnection: @unchecked Sendable {  // Sendable: handed to one thread before it is used.
    private let open: @Sendable () throws(StorageError) -> any ServiceStorage
    private var storage: (any ServiceStorage)?

    init(_ open: @escaping @Sendable () throws(StorageError) -> any ServiceStorage) { self.open = open }

    func opened() throws(StorageError) -> any ServiceStorage {
        if let storage { return storage }
        let opened = try open()
        storage = opened
        return opened
    }
}
