import Dispatch
import Foundation

/// Runs tasks on threads that lend themselves: what becomes ready while a thread lends itself runs on that thread, right
/// after; all else on threads of the system.
///
/// A thread that ends another's wait often has nothing to do until what comes of that is done. Going on in its place saves
/// waking a third thread, which takes longer than many a request.
public final class LendingExecutor: TaskExecutor {
    public static let shared = LendingExecutor()

    /// What has become ready on a thread that lends itself.
    private final class Loan {
        var jobs: [UnownedJob] = []
        /// Tasks that go on elsewhere, once they have stopped here.
        var leaving: [CheckedContinuation<Void, Never>] = []
    }

    private let loans = ThreadLocal<Loan>()

    private init() {}

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if let loan = loans.value {
            loan.jobs.append(job)
        } else {
            DispatchQueue.global().async { self.run(job) }
        }
    }

    /// Lends the calling thread to all tasks of this executor that `body` makes ready; they run after it, until each waits
    /// or has ended. So `body` may hold locks.
    public func lend<Result>(_ body: () -> Result) -> Result {
        // Within a loan: its lender runs them.
        if loans.value != nil { return body() }
        let loan = Loan()
        loans.value = loan
        defer { loans.value = nil }
        let result = body()
        var next = 0
        while next < loan.jobs.count {
            run(loan.jobs[next])
            next += 1
            // Not before: a task that is told to go on before it has stopped does not stop.
            for continuation in loan.leaving {
                DispatchQueue.global().async { self.lend { continuation.resume() } }
            }
            loan.leaving = []
        }
        return result
    }

    /// Gives the thread back, if the task runs on one that lends itself, and goes on on a thread of the system.
    public func leave() async {
        await withCheckedContinuation { continuation in
            if let loan = loans.value { loan.leaving.append(continuation) } else { continuation.resume() }
        }
    }

    private func run(_ job: UnownedJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }
}
