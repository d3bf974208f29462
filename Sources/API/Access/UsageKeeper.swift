import Foundation
import HTTPServer
import Logging
import PageStorage
import Synchronization
import WorkerProtocol

/// Holds the bearers of tokens to the jobs and the gas that they may have a day.
///
/// A server counts what it accepts and runs at once, and hears once a second what the others have counted: within that
/// second a bearer who asks several servers may get a little more. Gas is known when a job has ended, so that the last
/// jobs of a day may burn more than was left.
public final class UsageKeeper: Sendable {
    private struct Day: Hashable {
        var token: String
        var number: Int64
    }

    private struct Used {
        /// By all servers, as the storage said last.
        var stored = TokenUsage(token: "", day: 0)
        /// On their way to the storage.
        var sent: (jobs: Int64, gas: Int64) = (0, 0)
        /// Counted here since.
        var new: (jobs: Int64, gas: Int64) = (0, 0)

        var jobs: Int64 { stored.jobs + sent.jobs + new.jobs }
        var gas: Int64 { stored.gas + sent.gas + new.gas }
    }

    private let storage: StorageAccess
    private let tokens: TokenKeeper
    private let now: @Sendable () -> Timestamp
    private let days = Mutex<[Day: Used]>([:])

    /// - Parameter now: by UTC.
    public init(
        storage: StoragePool, tokens: TokenKeeper, logger: Logger,
        now: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.storage = StorageAccess(pool: storage, logger: logger)
        self.tokens = tokens
        self.now = now
    }

    // MARK: Counting

    /// Counts a job that is about to be accepted.
    /// - Throws: 429 `quota_exceeded`; 503 where it cannot be known.
    func take(_ caller: Caller) async throws(HTTPError) {
        guard let day = day(of: caller) else { return }
        if days.withLock({ $0[day] == nil }) { try await exchange([day]) }
        try days.withLock { days throws(HTTPError) in
            let used = days[day] ?? Used()
            if let limit = caller.limits.jobsPerDay, used.jobs >= Int64(limit) { throw exceeded("\(limit) jobs") }
            if let limit = caller.limits.gasPerDay, used.gas >= Int64(limit) { throw exceeded("\(limit) gas") }
            days[day, default: used].new.jobs += 1
        }
    }

    /// A job that was counted was not accepted.
    func giveBack(_ caller: Caller) {
        guard let day = day(of: caller) else { return }
        days.withLock { $0[day, default: Used()].new.jobs -= 1 }
    }

    /// Counts what a job has burned that ended here, whoever accepted it.
    public func observe(job: JobSummary) {
        guard job.gas.burned > 0, let token = job.origin?.token, tokens.book.hasQuota(token) else { return }
        let day = Day(token: token, number: today)
        days.withLock { $0[day, default: Used()].new.gas += Int64(clamping: job.gas.burned) }
    }

    /// Nil where nothing is to be counted.
    private func day(of caller: Caller) -> Day? {
        guard let token = caller.token, caller.limits.hasQuota else { return nil }
        return Day(token: token, number: today)
    }

    private static let dayMs: Int64 = 86_400_000

    private var today: Int64 { now().milliseconds / Self.dayMs }

    private func exceeded(_ what: String) -> HTTPError {
        let left = Self.dayMs - now().milliseconds % Self.dayMs
        return HTTPError(
            status: 429, code: "quota_exceeded", detail: "The token's bearer has had its \(what) of today, by UTC.",
            headers: ["Retry-After": String((left + 999) / 1000)])
    }

    // MARK: Sharing

    /// Shares what is counted with other servers until the task is cancelled, and then once more.
    public func run(every interval: Duration = .seconds(1)) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            // Out of a cancelled task the last counts go too.
            await Task { await share() }.value
        }
    }

    /// Tells the storage what was counted, and hears of the others. What cannot be told is told the next time.
    func share() async {
        let known = days.withLock { days in
            let today = today
            days = days.filter { day, used in
                day.number >= today || used.sent != (0, 0) || used.new != (0, 0)
            }
            return Array(days.keys)
        }
        if !known.isEmpty { try? await exchange(known) }
    }

    private func exchange(_ days: [Day]) async throws(HTTPError) {
        let usage = self.days.withLock { known in
            days.map { day in
                var used = known[day] ?? Used()
                // What is on its way already is another exchange's.
                let new = used.new
                used.sent = (used.sent.jobs + new.jobs, used.sent.gas + new.gas)
                used.new = (0, 0)
                known[day] = used
                return TokenUsage(token: day.token, day: day.number, jobs: new.jobs, gas: new.gas)
            }
        }
        let answer: Result<[TokenUsage], HTTPError>
        do {
            answer = .success(
                try await storage { (storage) throws(StorageError) in try storage.addUsage(usage) })
        } catch {
            answer = .failure(error)
        }
        self.days.withLock { known in
            for (day, told) in zip(days, usage) {
                guard var used = known[day] else { continue }
                used.sent = (used.sent.jobs - told.jobs, used.sent.gas - told.gas)
                if let stored = try? answer.get().first(where: { $0.token == day.token && $0.day == day.number }) {
                    used.stored = stored
                } else {
                    used.new = (used.new.jobs + told.jobs, used.new.gas + told.gas)
                }
                known[day] = used
            }
        }
        _ = try answer.get()
    }
}

extension TokenLimits {
    var hasQuota: Bool { jobsPerDay != nil || gasPerDay != nil }
}

extension TokenBook {
    func hasQuota(_ name: String) -> Bool { tokens.contains { $0.name == name && $0.limits.hasQuota } }
}
