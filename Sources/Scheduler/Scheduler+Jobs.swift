import Foundation
import PageStorage
import WorkerProtocol

extension Scheduler: JobService {
    public func submit(_ jobs: [Submission]) async throws(SchedulerError) -> [SubmissionOutcome] {
        guard dispatcher.isAccepting else { throw .shuttingDown }
        var outcomes = [SubmissionOutcome?](repeating: nil, count: jobs.count)
        var postings: [(index: Int, posting: Posting, ticket: JobTicket)] = []
        for (index, job) in jobs.enumerated() {
            let posting = try posting(job)
            if let refusal = try await refusal(of: posting.key, posting: postings.count) {
                outcomes[index] = .refused(refusal)
            } else {
                // Before the job can begin: nothing of it is missed.
                postings.append((index, posting, watch.ticket(for: posting.request.id)))
            }
        }
        if !postings.isEmpty {
            let posted = try await keeper.post(postings.map(\.posting))
            for ((index, posting, ticket), outcome) in zip(postings, posted) {
                outcomes[index] = submissionOutcome(outcome, posting, ticket)
            }
        }
        return outcomes.compactMap(\.self)
    }

    /// The job gets its id and its time here: both by the clock that all servers share.
    private func posting(_ job: Submission) throws(SchedulerError) -> Posting {
        var request = job.request
        request.createdAt = clock.now()
        request.id = UUIDv7.next(at: request.createdAt).description
        guard let key = request.programKey.map({ ProgramKey(bytes: [UInt8]($0)) }) else {
            preconditionFailure("a job is accepted for a program that it was checked against")
        }
        do {
            return Posting(
                request: request, stored: try StoredRequest(request), key: key, idempotency: job.idempotency,
                callbackURL: job.callbackURL)
        } catch {
            throw .storage(.failed("a request cannot be written: \(error)"))
        }
    }

    private func refusal(of key: ProgramKey, posting: Int) async throws(SchedulerError) -> SubmissionRefusal? {
        if let refusal = dispatcher.refusal(of: key, posting: posting) { return refusal }
        guard dispatcher.mustCount(key) else { return nil }
        let limit = configuration.waitingLimitPerProgram
        do throws(StorageError) {
            let waiting = try await storage.withStorage { storage throws(StorageError) in
                try storage.queuedJobs(of: key, upTo: limit + 1)
            }
            return waiting > limit ? dispatcher.programBusy() : nil
        } catch {
            throw .storage(error)
        }
    }

    private func submissionOutcome(
        _ outcome: PostedOutcome, _ posting: Posting, _ ticket: JobTicket
    ) -> SubmissionOutcome {
        switch outcome {
        case .claimed, .waiting:
            .accepted(
                AcceptedJob(job: Job(posting.request)) { limit throws(StorageError) in
                    try await self.end(of: ticket, within: limit)
                })
        case .repeated(let job): .repeated(job: job)
        case .keyReused: .refused(.keyReused)
        case .programGone: .refused(.programGone)
        }
    }

    // MARK: Waiting

    /// How long it takes at most until it is noticed what another server did, other than to end the job.
    private static let lookInterval = Duration.milliseconds(20)
    private static let longestLookInterval = Duration.milliseconds(250)
    /// The same for a job whose end alone is waited for.
    private static let endLookInterval = Duration.seconds(1)

    /// The end of a job that was accepted a moment ago.
    private func end(of ticket: JobTicket, within limit: Duration) async throws(StorageError) -> FoundJob? {
        let deadline = ContinuousClock.now + limit
        if !dispatcher.isHeld(ticket.job), ticket.ended == nil {
            await ends.wait(for: ticket, within: min(limit, Self.endLookInterval))
        }
        let left = max(deadline - .now, .zero)
        return try await job(ticket, within: left, looksEvery: Self.endLookInterval...Self.endLookInterval) {
            $0.hasEnded
        }
    }

    public func job(
        id: String, otherThan state: JobState, within limit: Duration
    ) async throws(StorageError) -> FoundJob? {
        try await job(
            watch.ticket(for: id), within: limit, looksEvery: Self.lookInterval...Self.longestLookInterval
        ) { $0.state != state }
    }

    /// - Parameter intervals: the shortest and the longest time between two looks at a job that is not held here.
    private func job(
        _ ticket: JobTicket, within limit: Duration, looksEvery intervals: ClosedRange<Duration>,
        until isEnough: (FoundJob) -> Bool
    ) async throws(StorageError) -> FoundJob? {
        let deadline = ContinuousClock.now + limit
        var interval = intervals.lowerBound
        while true {
            if let report = ticket.ended { return .finished(report) }
            if let record = ticket.endedElsewhere { return .ended(record) }
            guard let found = try await job(id: ticket.job) else { return nil }
            let isHeld = dispatcher.isHeld(ticket.job)
            let left = deadline - .now
            if isEnough(found) || left <= .zero || Task.isCancelled { return found }
            // Nobody here will see its end.
            if !isHeld, !dispatcher.isAccepting { return found }
            if isHeld {
                await ticket.wait(within: min(left, .seconds(2)))
            } else {
                await ends.wait(for: ticket, within: min(left, interval))
                interval = min(interval * 2, intervals.upperBound)
            }
        }
    }

    public func job(id: String) async throws(StorageError) -> FoundJob? {
        if let job = dispatcher.job(id: id) { return .active(job) }
        return try await storage.withStorage { storage throws(StorageError) in
            if let ended = try storage.job(id: id) { return .ended(ended) }
            if let queued = try storage.queuedJob(id: id) { return .active(try Job(queued)) }
            // It may have ended in between.
            return try storage.job(id: id).map(FoundJob.ended)
        }
    }

    public func activeJobs(
        _ filter: JobFilter, before id: String?, limit: Int
    ) async throws(StorageError) -> [Job] {
        // What runs here is known here first: the storage is told from time to time.
        let running = dispatcher.jobs().filter { $0.state == .running }
        let here = Set(running.map(\.id))
        let queued = try await storage.withStorage { storage throws(StorageError) in
            try storage.queuedJobs(filter, before: id, limit: limit + here.count)
        }
        var jobs = running.filter { job in filter.admits(job) && id.map { job.id < $0 } ?? true }
        for job in queued where !here.contains(job.id) { jobs.append(try Job(job)) }
        return Array(jobs.sorted { $0.id > $1.id }.prefix(limit))
    }

    // MARK: The rest

    public func inspect(code: [UInt8], isText: Bool) async throws(SchedulerError) -> ModuleInspection {
        try await withCheckedContinuation { dispatcher.accept(code: code, isText: isText, $0) }.get()
    }

    public func statistics() -> SchedulerStatistics {
        var statistics = dispatcher.statistics()
        statistics.lostClaims = ledger.lostClaims
        let retries = ledger.retries
        statistics.retries = Dictionary(
            uniqueKeysWithValues: RetryCause.allCases.map { ($0.rawValue, retries[$0] ?? 0) })
        return statistics
    }
}

extension JobFilter {
    fileprivate func admits(_ job: Job) -> Bool {
        (program.map { $0 == job.program } ?? true)
            && (programs.map { $0.contains { $0.matches(job.program) } } ?? true)
            && (state.map { $0 == job.state.rawValue } ?? true)
            && outcome == nil && (since.map { $0 <= job.createdAt.milliseconds } ?? true)
    }
}

extension FoundJob {
    var state: JobState {
        switch self {
        case .active(let job): job.state
        case .finished(let report): report.summary.state
        case .ended(let record): JobState(rawValue: record.state) ?? .finished
        }
    }

    var hasEnded: Bool { state != .queued && state != .running }
}

extension Job {
    /// A job that waits in the storage, or runs on another server.
    init(_ queued: QueuedJob) throws(StorageError) {
        do {
            self.init(try StoredRequest(bytes: queued.request).request())
        } catch {
            throw .failed("a queued job cannot be read: \(error)")
        }
        if let startedAt = queued.startedAt {
            state = .running
            self.startedAt = Timestamp(milliseconds: startedAt)
        }
    }
}
