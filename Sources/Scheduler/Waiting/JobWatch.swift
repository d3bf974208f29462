import Dispatch
import Synchronization
import WorkerProtocol

/// Who waits for what becomes of a job. What happens on this server is told at once; what happens elsewhere is looked up
/// by whoever waits, from time to time.
final class JobWatch: Sendable {
    private struct WeakTicket {
        weak var ticket: JobTicket?
    }

    /// By the job's id and the ticket's number.
    private let tickets = Mutex<[String: [ObjectIdentifier: WeakTicket]]>([:])

    /// From now on nothing of the job is missed.
    func ticket(for job: String) -> JobTicket {
        let ticket = JobTicket(job: job, watch: self)
        tickets.withLock { $0[job, default: [:]][ObjectIdentifier(ticket)] = WeakTicket(ticket: ticket) }
        return ticket
    }

    fileprivate func forget(_ job: String, _ ticket: ObjectIdentifier) {
        tickets.withLock { tickets in
            tickets[job]?[ticket] = nil
            if tickets[job]?.isEmpty == true { tickets[job] = nil }
        }
    }

    /// The job has come to its end on this server.
    func ended(_ report: JobReport) {
        for ticket in current(report.summary.id) { ticket.end(report) }
    }

    /// The job has changed, or is not this server's any more.
    func changed(_ id: String) {
        for ticket in current(id) { ticket.wake() }
    }

    private func current(_ job: String) -> [JobTicket] {
        tickets.withLock { tickets in (tickets[job] ?? [:]).values.compactMap(\.ticket) }
    }
}

/// A place to wait for one job. What happened before `wait` is not missed.
final class JobTicket: Sendable {
    private struct State {
        var ended: JobReport?
        var hasChanged = false
        /// Counts the waits, so that a time-out ends only its own.
        var wait = 0
        var waiting: CheckedContinuation<Void, Never>?
    }

    let job: String
    private let watch: JobWatch
    private let state = Mutex(State())

    fileprivate init(job: String, watch: JobWatch) {
        self.job = job
        self.watch = watch
    }

    deinit { watch.forget(job, ObjectIdentifier(self)) }

    /// The job as it ended on this server, with its page data.
    var ended: JobReport? { state.withLock { $0.ended } }

    fileprivate func end(_ report: JobReport) {
        state.withLock { $0.ended = report }
        wake()
    }

    fileprivate func wake() {
        state.withLock { state in
            state.hasChanged = true
            return state.waiting.take()
        }?.resume()
    }

    /// Returns when the job has ended or changed here, the time is over, or the task is cancelled.
    func wait(within limit: Duration) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let number: Int? = state.withLock { state in
                    guard !state.hasChanged, !Task.isCancelled else {
                        state.hasChanged = false
                        return nil
                    }
                    state.wait += 1
                    state.waiting = continuation
                    return state.wait
                }
                guard let number else {
                    continuation.resume()
                    return
                }
                let milliseconds = Int(clamping: limit.wholeMilliseconds)
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
                    self?.timeOut(number)
                }
            }
            state.withLock { $0.hasChanged = false }
        } onCancel: {
            wake()
        }
    }

    private func timeOut(_ number: Int) {
        state.withLock { $0.wait == number ? $0.waiting.take() : nil }?.resume()
    }
}
