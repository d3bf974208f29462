import HTTPServer
import Logging
import PageStorage

/// The storage as handlers use it: what goes wrong becomes a problem document, and its own words go to the log only.
struct StorageAccess: Sendable {
    let pool: StoragePool
    let logger: Logger

    func callAsFunction<Value: Sendable>(
        _ body: @escaping @Sendable (any ServiceStorage) throws(StorageError) -> Value
    ) async throws(HTTPError) -> Value {
        do {
            return try await pool.withStorage(body)
        } catch {
            if error != .programExists { logger.error("storage call failed", metadata: ["error": "\(error)"]) }
            throw HTTPError(error)
        }
    }
}

extension HTTPError {
    init(_ error: StorageError) {
        switch error {
        case .unavailable: self = .storageUnavailable
        case .full:
            self = .later("storage_unavailable", "The storage has no room left; what it holds is safe.", retryAfter: 60)
        case .programExists:
            self.init(status: 409, code: "program_exists", detail: "There is a program with this id already.")
        case .newerSchema, .invalidLocation, .failed:
            self = .internalError
        }
    }
}
