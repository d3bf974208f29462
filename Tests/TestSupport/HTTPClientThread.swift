import Foundation

extension HTTPClient {
    /// Runs blocking requests on a thread of their own: blocking one of Swift's pool could keep a server in the same
    /// process from running its handlers.
    public static func onOwnThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try body() }) }.start()
        }
    }
}
