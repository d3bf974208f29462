import PageStorage

/// Tells subscribers of the ends of jobs, on whatever server they end.
///
/// One reader asks the storage for all subscribers of this server, and only while there are any. An end is seen when its
/// transaction is done, which may be after later ends were seen: so every stretch of time is read a second time when it
/// is some seconds old, and what was known then is left out.
actor EndedJobFeed {
    typealias Reader = @Sendable (_ program: String?, _ after: EndMark, _ limit: Int) async throws -> [EndedJob]

    private static let pageSize = 500
    /// New ends that are held back for a subscriber who is catching up; over it the subscriber is left behind.
    private static let mostHeld = 10_000

    private struct Subscriber {
        let program: String?
        let patterns: [ProgramPattern]?
        let sink: EventSink
        var lastSent = ContinuousClock.now
        /// What is to be sent when the past is caught up with.
        var held: [EndedJob]?

        func wants(_ end: EndedJob) -> Bool {
            (program.map { $0 == end.record.program } ?? true)
                && (patterns.map { $0.contains { $0.matches(end.record.program) } } ?? true)
        }
    }

    private let timing: APIConfiguration.Events
    private let read: Reader
    /// The end that was stored last, or a little before, to begin from.
    private let newest: @Sendable () async throws -> EndMark
    private var subscribers: [Int: Subscriber] = [:]
    private var nextSubscriber = 0
    private var reading: Task<Void, Never>?
    /// How far ends were read, and when the last one was.
    private var position: EndMark?
    private var movedAt = ContinuousClock.now
    /// How far they were read twice.
    private var settled = EndMark(endedAt: 0, job: "")
    /// Ends between `settled` and `position`.
    private var known: Set<String> = []

    init(
        timing: APIConfiguration.Events, read: @escaping Reader, newest: @escaping @Sendable () async throws -> EndMark
    ) {
        self.timing = timing
        self.read = read
        self.newest = newest
    }

    var subscriberCount: Int { subscribers.count }

    /// Sends ends of jobs until the task is cancelled, or the sink is closed.
    /// - Parameters:
    ///   - program: nil for all.
    ///   - patterns: only ends of jobs of programs that one of them matches; nil for all.
    ///   - mark: the last end that the subscriber knows; those behind it are sent first, and a few of the seconds before it
    ///     again. Nil begins with the next end.
    func follow(
        _ program: String?, among patterns: [ProgramPattern]? = nil, after mark: EndMark?, _ sink: EventSink
    ) async throws {
        try await begin()
        let number = nextSubscriber
        nextSubscriber += 1
        subscribers[number] = Subscriber(
            program: program, patterns: patterns, sink: sink, held: mark == nil ? nil : [])
        defer { subscribers[number] = nil }
        if reading == nil { reading = Task { await keepReading() } }
        if let mark { try await catchUp(number, program, after: mark, sink) }
        while subscribers[number] != nil { try await Task.sleep(for: timing.interval) }
    }

    /// Sends what has ended since, while new ends are held back.
    private func catchUp(_ number: Int, _ program: String?, after mark: EndMark, _ sink: EventSink) async throws {
        var place = mark.earlier(by: timing.lateness)
        var (sent, sentBefore): (Set<String>, Set<String>) = ([mark.job], [])
        while true {
            let page = try await read(program, place, Self.pageSize)
            guard let subscriber = subscribers[number] else { throw EventSink.Closed() }
            for end in page where subscriber.wants(end) {
                guard sent.insert(end.mark.job).inserted else { continue }
                // What is held back is of the last minutes; a past of years need not be kept in mind.
                if sent.count > Self.mostHeld { (sent, sentBefore) = ([], sent) }
                // A long past is sent as fast as the client takes it.
                while sink.isHalfFull { try await Task.sleep(for: .milliseconds(10)) }
                try sink.send(end)
            }
            guard page.count == Self.pageSize, let last = page.last?.mark else { break }
            place = last
        }
        for end in subscribers[number]?.held ?? []
        where !sent.contains(end.mark.job) && !sentBefore.contains(end.mark.job) {
            try sink.send(end)
        }
        subscribers[number]?.held = nil
    }

    /// Finds where new ends begin.
    private func begin() async throws {
        guard position == nil else { return }
        var place = try await newest().earlier(by: timing.lateness)
        var past: [EndMark] = []
        while true {
            let page = try await read(nil, place, Self.pageSize).map(\.mark)
            guard let last = page.last else { break }
            past += page
            place = last
        }
        // Another subscriber may have done the same meanwhile.
        guard position == nil else { return }
        position = place
        movedAt = .now
        settled = place.earlier(by: timing.lateness)
        known = Set(past.filter { $0 > settled }.map(\.job))
    }

    private func keepReading() async {
        var rereadAt = ContinuousClock.now
        while !subscribers.isEmpty {
            do {
                try await readNew()
                if rereadAt <= .now {
                    try await readAgain()
                    rereadAt = .now + timing.lateness / 5
                }
            } catch {
                // The storage is away: what ends meanwhile is read when it is back.
            }
            keepAlive()
            try? await Task.sleep(for: timing.interval)
        }
        reading = nil
        position = nil
        known = []
    }

    private func readNew() async throws {
        while let position {
            let page = try await read(nil, position, Self.pageSize)
            guard let last = page.last?.mark else { return }
            for end in page where known.insert(end.mark.job).inserted { deliver(end) }
            self.position = last
            movedAt = .now
            if page.count < Self.pageSize { return }
        }
    }

    /// Reads once more what is old enough that nothing more is to be expected of it.
    private func readAgain() async throws {
        guard let position else { return }
        let horizon = position.earlier(by: timing.lateness - (.now - movedAt))
        while settled < horizon {
            let page = try await read(nil, settled, Self.pageSize)
            let old = page.prefix { $0.mark < horizon }
            for end in old where known.remove(end.mark.job) == nil { deliver(end) }
            guard old.count == Self.pageSize, let last = old.last?.mark else { break }
            settled = last
        }
        settled = max(settled, min(horizon, position))
    }

    private func deliver(_ end: EndedJob) {
        for (number, subscriber) in subscribers where subscriber.wants(end) {
            if let held = subscriber.held {
                if held.count < Self.mostHeld {
                    subscribers[number]?.held?.append(end)
                } else {
                    subscribers[number] = nil
                }
            } else if (try? subscriber.sink.send(end)) != nil {
                subscribers[number]?.lastSent = .now
            } else {
                subscribers[number] = nil
            }
        }
    }

    private func keepAlive() {
        for (number, subscriber) in subscribers where .now - subscriber.lastSent >= timing.keepAlive {
            subscribers[number]?.lastSent = .now
            if (try? subscriber.sink.keepAlive()) == nil { subscribers[number] = nil }
        }
    }
}

extension EventSink {
    fileprivate func send(_ end: EndedJob) throws(Closed) { try send(id: end.mark.eventID, job: end.record.document) }
}

extension EndMark {
    fileprivate func earlier(by duration: Duration) -> EndMark {
        EndMark(endedAt: endedAt - Int64(duration / .milliseconds(1)), job: "")
    }
}

extension EndedJobFeed {
    init(storage: StorageAccess, timing: APIConfiguration.Events) {
        self.init(
            timing: timing,
            read: { program, mark, limit in
                try await storage { (storage) throws(StorageError) in
                    try storage.endedJobs(of: program, after: mark, limit: limit)
                }
            },
            newest: {
                try await storage { (storage) throws(StorageError) in
                    let newest = try storage.jobs(JobFilter(), before: nil, limit: 1).first
                    return try newest.flatMap { job throws(StorageError) in try storage.endMark(of: job.id) }
                        ?? EndMark(endedAt: 0, job: "")
                }
            })
    }
}
