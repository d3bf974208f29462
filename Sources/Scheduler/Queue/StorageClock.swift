import Synchronization
import WorkerProtocol

/// The storage's clock, which all servers share: the one of this machine may be wrong.
final class StorageClock: Sendable {
    private let offset = Mutex<Int64>(0)

    /// How far it is ahead of this machine's, in milliseconds.
    var aheadMs: Int64 { offset.withLock { $0 } }

    func now() -> Timestamp { Timestamp(milliseconds: Timestamp.now().milliseconds + aheadMs) }

    /// Compares the clocks: calls `ask`, which answers the storage's time.
    func compare<Answer, Failure: Error>(
        _ time: (Answer) -> Int64, _ ask: () throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        let before = Timestamp.now().milliseconds
        let answer = try ask()
        let after = Timestamp.now().milliseconds
        offset.withLock { $0 = time(answer) - (before + (after - before) / 2) }
        return answer
    }
}
