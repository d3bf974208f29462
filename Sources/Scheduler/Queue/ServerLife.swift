import PageStorage
import Synchronization
import WorkerProtocol

/// Under which id this server holds what it holds. It begins anew when its lease was lost.
final class ServerLife: Sendable {
    private struct State {
        var current: ServerID?
        /// Ids that may still be registered.
        var past: [ServerID] = []
    }

    private let state = Mutex(State())

    var current: ServerID? { state.withLock { $0.current } }

    /// - Parameter register: writes the new id. Before that is done nobody may renew it: it would look like one that was lost.
    func begin(_ register: (ServerID) throws(StorageError) -> Void) throws(StorageError) -> ServerID {
        let id = ServerID(bytes: UUIDv7.next().bytes)
        do throws(StorageError) {
            try register(id)
        } catch {
            state.withLock { $0.past.append(id) }
            throw error
        }
        state.withLock { $0.current = id }
        return id
    }

    /// - Parameter id: the life to end, unless another one has begun already.
    /// - Returns: false if it was over.
    func end(_ id: ServerID) -> Bool {
        state.withLock { state in
            guard state.current == id else { return false }
            state.current = nil
            state.past.append(id)
            return true
        }
    }

    /// The ids that are over, once.
    func takePast() -> [ServerID] {
        state.withLock { state in
            defer { state.past = [] }
            return state.past
        }
    }
}
