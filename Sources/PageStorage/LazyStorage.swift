/// The connection of one thread, opened when first needed.
final class LazyStorage {
    private let location: StorageLocation
    private let patience: Duration
    private var storage: (any ServiceStorage)?

    init(location: StorageLocation, patience: Duration) {
        self.location = location
        self.patience = patience
    }

    func opened() throws(StorageError) -> any ServiceStorage {
        if let storage { return storage }
        let opened = try location.open(patience: patience)
        storage = opened
        return opened
    }

    func close() { storage = nil }
}
