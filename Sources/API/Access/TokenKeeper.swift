import Foundation
import Logging
import Synchronization

/// Where a service has its tokens from.
public enum TokenSource: Sendable {
    /// The document itself.
    case document([UInt8])
    /// The path of a file with the document, which may change while the service runs.
    case file(String)
}

/// The tokens as they are now: a file is read again when it has changed.
public final class TokenKeeper: Sendable {
    private struct State {
        var book: TokenBook
        /// What the file looked like when it was read last, well or not.
        var stamp: FileStamp?
        var lookedAt = ContinuousClock.now
    }

    private let state: Mutex<State>
    private let path: String?
    private let interval: Duration
    private let logger: Logger

    /// - Parameter interval: between two looks at the file.
    /// - Throws: where the tokens cannot be used.
    public init(
        _ source: TokenSource, interval: Duration = .seconds(1), logger: Logger
    ) throws(TokenBookError) {
        self.interval = interval
        self.logger = logger
        switch source {
        case .document(let json):
            path = nil
            state = Mutex(State(book: try TokenBook(json: json)))
        case .file(let path):
            self.path = path
            // Before it is read: a change in between is then read once more.
            let stamp = FileStamp(of: path)
            state = Mutex(State(book: try Self.read(path), stamp: stamp))
        }
    }

    var book: TokenBook {
        state.withLock { state in
            if let path, .now - state.lookedAt >= interval { look(at: path, &state) }
            return state.book
        }
    }

    /// A file that cannot be used leaves the tokens as they were: nobody is locked out by a slip of the pen.
    private func look(at path: String, _ state: inout State) {
        state.lookedAt = .now
        let stamp = FileStamp(of: path)
        guard stamp != state.stamp else { return }
        state.stamp = stamp
        do throws(TokenBookError) {
            state.book = try Self.read(path)
            logger.notice("tokens were read again", metadata: ["tokens": "\(state.book.tokens.count)"])
        } catch {
            logger.error("the tokens' file cannot be used; those read before hold on", metadata: ["error": "\(error)"])
        }
    }

    private static func read(_ path: String) throws(TokenBookError) -> TokenBook {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TokenBookError(reason: "the file cannot be read")
        }
        return try TokenBook(json: [UInt8](data))
    }
}

/// What changes when a file does.
private struct FileStamp: Equatable {
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    /// Nil if there is no file.
    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
}
