import Synchronization

/// Counts the calls of a pool as they run.
final class StorageCallCounter: Sendable {
    private let state: Mutex<StorageCallStatistics>

    init(connections: Int) {
        var statistics = StorageCallStatistics()
        statistics.connections = connections
        state = Mutex(statistics)
    }

    var statistics: StorageCallStatistics { state.withLock { $0 } }

    /// - Returns: what `call` returned or threw; it is counted by then.
    func count<Value>(_ call: () throws(StorageError) -> Value) -> Result<Value, StorageError> {
        state.withLock { $0.running += 1 }
        let begin = ContinuousClock.now
        let result = Result { () throws(StorageError) in try call() }
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        state.withLock { statistics in
            statistics.running -= 1
            statistics.note(seconds: seconds)
            if case .failure(let error) = result { statistics.note(error) }
        }
        return result
    }
}
