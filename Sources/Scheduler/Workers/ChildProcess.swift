import Foundation
import Synchronization

/// A process that this one has started. It can be killed from any thread, and is waited for by one.
///
/// Its number is never used after the process was waited for: another process could have it by then.
final class ChildProcess: Sendable {
    let number: pid_t
    private let status = Mutex<ExitStatus?>(nil)

    init(_ number: pid_t) { self.number = number }

    deinit {
        killNow()
        _ = wait()
    }

    /// Sends SIGKILL, unless it has ended and was waited for.
    func killNow() {
        status.withLock { if $0 == nil { kill(number, SIGKILL) } }
    }

    /// Waits for its end, and takes it from the process table.
    func wait() -> ExitStatus {
        if let status = status.withLock({ $0 }) { return status }
        var information = siginfo_t()
        // WNOWAIT leaves the process in the table, so that it is taken out under the lock that `killNow` holds.
        while waitid(P_PID, id_t(number), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return status.withLock { status in
            var word: Int32 = 0
            while waitpid(number, &word, 0) < 0, errno == EINTR {}
            let ended = status ?? ExitStatus(word: word)
            status = ended
            return ended
        }
    }
}
