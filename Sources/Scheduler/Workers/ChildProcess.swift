import Foundation
import Synchronization

/// A process that this one has started. It can be killed from any thread, and is waited for by one.
///
/// Its number is never used after the process was waited for: another process could have it by then.
final class ChildProcess: Sendable {
    let number: pid_t
    private struct State {
        var status: ExitStatus?
        var processorTime = Duration.zero
    }

    private let state = Mutex(State())

    init(_ number: pid_t) { self.number = number }

    deinit {
        killNow()
        _ = wait()
    }

    /// Sends SIGKILL, unless it has ended and was waited for.
    func killNow() {
        state.withLock { if $0.status == nil { kill(number, SIGKILL) } }
    }

    /// Waits for its end, and takes it from the process table.
    func wait() -> ExitStatus {
        if let status = state.withLock({ $0.status }) { return status }
        var information = siginfo_t()
        // WNOWAIT leaves the process in the table, so that it is taken out under the lock that `killNow` holds.
        while waitid(P_PID, id_t(number), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return state.withLock { state in
            if let status = state.status { return status }
            var word: Int32 = 0
            var usage = rusage()
            while wait4(number, &word, 0, &usage) < 0, errno == EINTR {}
            let ended = ExitStatus(word: word)
            state.status = ended
            state.processorTime = max(state.processorTime, Duration(usage.ru_utime) + Duration(usage.ru_stime))
            return ended
        }
    }

    /// Processor time that it has had so far, or had at its end: never less than before.
    var processorTime: Duration {
        state.withLock { state in
            if state.status == nil {
                var (clock, time) = (clockid_t(), timespec())
                if clock_getcpuclockid(number, &clock) == 0, clock_gettime(clock, &time) == 0 {
                    state.processorTime = max(
                        state.processorTime, .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec))
                }
            }
            return state.processorTime
        }
    }

    /// Memory that it has, in bytes, with what it shares with others; 0 once it has ended.
    var residentMemory: UInt64 {
        state.withLock { $0.status == nil ? ProcessMemory(of: number).resident : nil } ?? 0
    }
}

extension Duration {
    fileprivate init(_ time: timeval) { self = .seconds(time.tv_sec) + .microseconds(time.tv_usec) }
}
