import PageStorage
import Synchronization

/// Asks the storage whether it answers, within a bound on time.
///
/// However many ask, only one question is under way: a storage that hangs then holds up one connection, not all.
final class StorageHealth: Sendable {
    private let pool: StoragePool
    private let patience: Duration
    private let underWay = Mutex<Task<Bool, Never>?>(nil)

    init(pool: StoragePool, patience: Duration = .seconds(2)) {
        self.pool = pool
        self.patience = patience
    }

    func isUp() async -> Bool {
        let question = underWay.withLock { underWay in
            if let underWay { return underWay }
            let task = Task {
                let answered = await ping()
                self.underWay.withLock { $0 = nil }
                return answered
            }
            underWay = task
            return task
        }
        return await firstAnswer(of: question)
    }

    private func ping() async -> Bool {
        do {
            try await pool.withStorage { (storage) throws(StorageError) in try storage.ping() }
            return true
        } catch {
            return false
        }
    }

    /// The question's answer, or false when patience ends. The question itself goes on: a storage call cannot be ended.
    private func firstAnswer(of question: Task<Bool, Never>) async -> Bool {
        let (answers, continuation) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingOldest(1))
        Task { continuation.yield(await question.value) }
        let timer = Task {
            try await Task.sleep(for: patience)
            continuation.yield(false)
        }
        defer { timer.cancel() }
        return await answers.first { _ in true } ?? false
    }
}
