import Foundation
import PageStorage

/// Holds a value that one thread writes and another reads later.
final class Box<Value>: @unchecked Sendable {  // Its users take turns.
    var value: Value
    init(_ value: Value) { self.value = value }
}

/// A connection on a thread of its own that does things at the same time.
final class Opponent {
    private let turns = Turns()

    init(_ queue: TestQueue) throws {
        let storage = Box(try queue.open())
        Thread { [turns] in
            while true {
                turns.starts.wait()
                guard let body = turns.body else { return }
                turns.failure = nil
                do { try body(storage.value) } catch { turns.failure = error }
                turns.ends.signal()
            }
        }.start()
    }

    deinit {
        turns.body = nil
        turns.starts.signal()
    }

    func begin(_ body: @escaping (any ServiceStorage) throws -> Void) {
        turns.body = body
        turns.starts.signal()
    }

    func end() throws {
        turns.ends.wait()
        if let failure = turns.failure { throw failure }
    }

    private final class Turns: @unchecked Sendable {  // The semaphores order writing and reading.
        let starts = DispatchSemaphore(value: 0)
        let ends = DispatchSemaphore(value: 0)
        var body: ((any ServiceStorage) throws -> Void)?
        var failure: (any Error)?
    }
}
