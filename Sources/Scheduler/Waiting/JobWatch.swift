import Dispatch
import PageStorage
import Synchronization
import WorkerProtocol

/// Who waits for what becomes of a job. What happens on this server is told at once; what happens elsewhere is looked up
/// from time to time.
final class JobWatch: Sendable {
    private struct WeakTicket {
        weak var ticket: JobTicket?
    }

    private struct State {
        /// By the job's id and the ticket's number.
        var tickets: [String: [ObjectIdentifier: WeakTicket]] = [:]
        /// When the time of waits is looked at next; nil if no wait is known to be under way.
        var alarm: Instant?
    }

    typealias Instant = ContinuousClock.Instant

    private let state = Mutex(State())

    /// Between two looks at the time of all waits.
    private static let shortestPause = Duration.milliseconds(10)

    /// From now on nothing of the job is missed.
    func ticket(for job: String) -> JobTicket {
        let ticket = JobTicket(job: job, watch: self)
        state.withLock { $0.tickets[job, default: [:]][ObjectIdentifier(ticket)] = WeakTicket(ticket: ticket) }
        return ticket
    }

    var ticketCount: Int { state.withLock { $0.tickets.values.reduce(0) { $0 + $1.count } } }

    fileprivate func forget(_ job: String, _ ticket: ObjectIdentifier) {
        state.withLock { state in
            state.tickets[job]?[ticket] = nil
            if state.tickets[job]?.isEmpty == true { state.tickets[job] = nil }
        }
    }

    /// The job has come to its end on this server.
    func ended(_ report: JobReport) {
        for ticket in current(report.summary.id) { ticket.end(report) }
    }

    /// The job was found to have ended, on another server.
    func endedElsewhere(_ record: JobRecord) {
        for ticket in current(record.id) { ticket.end(record) }
    }

    /// The job has changed, or is not this server's any more.
    func changed(_ id: String) {
        for ticket in current(id) { ticket.wake() }
    }

    private func current(_ job: String) -> [JobTicket] {
        state.withLock { state in (state.tickets[job] ?? [:]).values.compactMap(\.ticket) }
    }

    // MARK: Time

    /// A wait begins that ends at `deadline` if nothing happens. One timer serves all of them, for most are over long
    /// before their time.
    fileprivate func wakes(by deadline: Instant) {
        let isSet = state.withLock { state in
            if let alarm = state.alarm, alarm <= deadline { return true }
            state.alarm = deadline
            return false
        }
        if isSet { return }
        let microseconds = Int(clamping: max(deadline - .now, .zero).wholeMicroseconds)
        DispatchQueue.global().asyncAfter(deadline: .now() + .microseconds(microseconds)) { [weak self] in
            self?.ring(deadline)
        }
    }

    private func ring(_ alarm: Instant) {
        let waits: [JobTicket] = state.withLock { state in
            // Otherwise an earlier alarm has taken its place, and has seen to those after it.
            guard state.alarm == alarm else { return [] }
            state.alarm = nil
            return state.tickets.values.flatMap { $0.values.compactMap(\.ticket) }
        }
        let now = Instant.now
        guard let next = waits.compactMap({ $0.endWait(ifOverAt: now) }).min() else { return }
        wakes(by: max(next, now + Self.shortestPause))
    }
}

/// A place to wait for one job. What happened before `wait` is not missed.
final class JobTicket: Sendable {
    private struct Wait {
        let continuation: CheckedContinuation<Void, Never>
        let deadline: JobWatch.Instant
    }

    private struct State {
        var ended: JobReport?
        var endedElsewhere: JobRecord?
        var hasChanged = false
        var wait: Wait?
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

    var isWaiting: Bool { state.withLock { $0.wait != nil } }

    /// The job as it ended on another server, if that was looked up.
    var endedElsewhere: JobRecord? { state.withLock { $0.endedElsewhere } }

    fileprivate func end(_ record: JobRecord) {
        state.withLock { $0.endedElsewhere = record }
        wake()
    }

    fileprivate func end(_ report: JobReport) {
        state.withLock { $0.ended = report }
        wake()
    }

    fileprivate func wake() {
        state.withLock { state in
            state.hasChanged = true
            return state.wait.take()
        }?.continuation.resume()
    }

    /// Returns when the job has ended or changed here, the time is over, or the task is cancelled.
    func wait(within limit: Duration) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let deadline = JobWatch.Instant.now + limit
                let waits = state.withLock { state in
                    guard !state.hasChanged, !Task.isCancelled else {
                        state.hasChanged = false
                        return false
                    }
                    state.wait = Wait(continuation: continuation, deadline: deadline)
                    return true
                }
                if waits { watch.wakes(by: deadline) } else { continuation.resume() }
            }
            state.withLock { $0.hasChanged = false }
        } onCancel: {
            wake()
        }
    }

    /// - Returns: when the wait under way will be over; nil if there is none, or it has been ended.
    fileprivate func endWait(ifOverAt now: JobWatch.Instant) -> JobWatch.Instant? {
        let wait = state.withLock { state in
            guard let wait = state.wait else { return nil as Wait? }
            if wait.deadline <= now { state.wait = nil }
            return wait
        }
        guard let wait else { return nil }
        if wait.deadline > now { return wait.deadline }
        wait.continuation.resume()
        return nil
    }
}
