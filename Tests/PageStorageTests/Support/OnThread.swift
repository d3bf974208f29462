import Foundation

/// A call that runs on a thread of its own, started at once. Tests block, so they must not rely on a free thread of
/// the cooperative pool to go on.
final class BackgroundCall<Value: Sendable>: @unchecked Sendable {  // `isDone` orders writing and reading `result`.
    private let isDone = DispatchSemaphore(value: 0)
    private var result: Result<Value, any Error>?

    init(_ body: @escaping @Sendable () throws -> Value) {
        Thread { [self] in
            result = Result { try body() }
            isDone.signal()
        }.start()
    }

    /// Waits for the end of the call.
    func value() throws -> Value? {
        isDone.wait()
        defer { isDone.signal() }
        return try result?.get()
    }
}

/// Runs `body` on several threads at once, each with its number, and waits for all.
func onThreads<Value: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Value) throws -> [Value] {
    let calls = (0..<count).map { number in BackgroundCall { try body(number) } }
    return try calls.compactMap { try $0.value() }
}
