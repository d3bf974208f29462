import Foundation
import Logging
import PageStorage
import ThreadLending
import WorkerProtocol

/// The one thread that moves jobs between the storage's queue and this server: it writes what is posted, claims lanes and
/// their jobs, and gives them up. One after another, so that what this server believes to hold is never older than what
/// it asks for next.
///
/// Jobs that are posted while it is busy are written together.
final class QueueKeeper: @unchecked Sendable {  // Sendable: `condition` guards every variable.
    typealias Answer = Result<[PostedOutcome], SchedulerError>

    private struct Post {
        let jobs: [Posting]
        let answer: CheckedContinuation<Answer, Never>
    }

    private let condition = NSCondition()
    private var posts: [Post] = []
    private var isSignalled = false
    private var isStopping = false

    private let dispatcher: Dispatcher
    private let connection: QueueConnection
    private let life: ServerLife
    private let lease: Duration
    private let logger: Logger
    /// Called with jobs that are not this server's any more.
    private let onLoss: @Sendable ([String]) -> Void
    private var looksAgainAt = ContinuousClock.now

    /// Jobs of one write.
    private static let jobsPerWrite = 1000
    private static let bytesPerWrite = 16 << 20
    private static let jobsPerLane = 16
    /// Lanes of this server that others have posted to.
    private static let lanesPerLook = 64

    init(
        dispatcher: Dispatcher, connection: QueueConnection, life: ServerLife, lease: Duration, logger: Logger,
        onLoss: @escaping @Sendable ([String]) -> Void
    ) {
        self.dispatcher = dispatcher
        self.connection = connection
        self.life = life
        self.lease = lease
        self.logger = logger
        self.onLoss = onLoss
    }

    /// Writes jobs; those that are claimed are held by the dispatcher when this returns.
    func post(_ jobs: [Posting]) async throws(SchedulerError) -> [PostedOutcome] {
        try await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
            condition.withLock {
                if isStopping {
                    continuation.resume(returning: .failure(.shuttingDown))
                } else {
                    posts.append(Post(jobs: jobs, answer: continuation))
                    condition.signal()
                }
            }
        }.get()
    }

    /// Says that there may be something to do.
    func signal() {
        // The keeper calls the dispatcher while it works: what it is told of by itself need not wake it.
        guard dispatcher.needsKeeper else { return }
        wake()
    }

    func wake() {
        condition.withLock {
            isSignalled = true
            condition.signal()
        }
    }

    /// Lets `run` return; what is posted by then is written.
    func stop() {
        condition.withLock {
            isStopping = true
            condition.signal()
        }
    }

    // MARK: The thread

    func run() {
        while let posts = nextPosts() {
            guard let (storage, server) = ready() else {
                let error = SchedulerError.storage(lastError ?? .unavailable("the storage did not answer"))
                for post in posts { post.answer.resume(returning: .failure(error)) }
                pause(.milliseconds(100))
                continue
            }
            do throws(StorageError) {
                try write(posts, storage, server)
                try tidy(storage, server)
            } catch {
                logger.error("the queue could not be kept", metadata: ["error": "\(error)"])
                isUncertain = true
                lastError = error
                wake()
            }
        }
        leave()
    }

    // Both only of the thread.
    private var lastError: StorageError?
    /// A call may have been done whose answer was lost: the server may hold what it does not know of.
    private var isUncertain = false

    /// The connection, and the server's id, under which nothing is held that is not known of; nil while the storage cannot be
    /// reached.
    private func ready() -> (any ServiceStorage, ServerID)? {
        guard let server = current() else { return nil }
        do throws(StorageError) {
            let storage = try connection.opened()
            if isUncertain {
                let known = dispatcher.known()
                try storage.releaseUnknown(knownJobs: known.jobs, knownLanes: known.lanes, by: server)
                isUncertain = false
                dispatcher.noteCalled()
            }
            return (storage, server)
        } catch {
            lastError = error
            return nil
        }
    }

    /// Waits for something to do, and for more to be done with it if there is time; nil at the end.
    private func nextPosts() -> [Post]? {
        pause(dispatcher.spareTime)
        return condition.withLock {
            while posts.isEmpty, !isSignalled, !isStopping, condition.wait(until: nextLook()) {}
            if posts.isEmpty, isStopping { return nil }
            isSignalled = false
            var jobs = 0
            var bytes = 0
            let taken = posts.prefix { post in
                let isFirst = jobs == 0
                jobs += post.jobs.count
                bytes += post.jobs.reduce(0) { $0 + $1.stored.bytes.count }
                return isFirst || (jobs <= Self.jobsPerWrite && bytes <= Self.bytesPerWrite)
            }
            posts.removeFirst(taken.count)
            if !posts.isEmpty { isSignalled = true }
            return Array(taken)
        }
    }

    private func nextLook() -> Date {
        let left = looksAgainAt - .now
        return Date(timeIntervalSinceNow: max(0.001, Double(left / .microseconds(1)) / 1e6))
    }

    private func pause(_ duration: Duration) {
        if duration > .zero { usleep(UInt32(duration / .microseconds(1))) }
    }

    /// The server's id, registered; nil while the storage cannot be reached.
    private func current() -> ServerID? {
        if let server = life.current { return server }
        do throws(StorageError) {
            let storage = try connection.opened()
            for past in life.takePast() { try? storage.unregisterServer(past) }
            let server = try life.begin { server throws(StorageError) in
                _ = try dispatcher.clock.compare({ $0 }) { () throws(StorageError) in
                    try storage.registerServer(server, leaseMs: lease.wholeMilliseconds)
                }
            }
            isUncertain = false
            dispatcher.noteCalled()
            return server
        } catch {
            lastError = error
            return nil
        }
    }

    /// What is held is given up: the lease was lost.
    func loseLife(_ server: ServerID) {
        guard life.end(server) else { return }
        onLoss(dispatcher.withdrawAll())
        wake()
    }

    private func leave() {
        guard let server = life.current, life.end(server) else { return }
        do throws(StorageError) {
            try connection.opened().unregisterServer(server)
        } catch {
            logger.warning("others take over when the lease has run out", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Storage calls

    private func write(_ posts: [Post], _ storage: any ServiceStorage, _ server: ServerID) throws(StorageError) {
        guard !posts.isEmpty else { return }
        let jobs = posts.flatMap(\.jobs)
        let intents = dispatcher.intents(for: jobs.map(\.key))
        let outcomes: [PostedOutcome]
        do throws(StorageError) {
            let posted = zip(jobs, intents).map { $0.posted($1) }
            outcomes = try storage.postJobs(posted, by: server, wakesOthers: dispatcher.wakesOthers)
        } catch {
            for post in posts { post.answer.resume(returning: .failure(.storage(error))) }
            // It may have taken some of them all the same.
            throw error
        }
        var claimed: [HeldJob] = []
        for (job, outcome) in zip(jobs, outcomes) {
            switch outcome {
            case .claimed(let acceptance, let posted):
                dispatcher.noteAccepted(job.key, claimedAt: posted)
                claimed.append(HeldJob(job.request, job.stored, key: job.key, claim: server, acceptance))
            case .waiting: dispatcher.noteAccepted(job.key, claimedAt: nil)
            case .repeated, .keyReused, .programGone: break
            }
        }
        dispatcher.hold(claimed)
        var rest = outcomes[...]
        LendingExecutor.shared.lend {
            for post in posts {
                post.answer.resume(returning: .success(Array(rest.prefix(post.jobs.count))))
                rest = rest.dropFirst(post.jobs.count)
            }
        }
    }

    /// Claims and gives up, as far as there is reason to.
    private func tidy(_ storage: any ServiceStorage, _ server: ServerID) throws(StorageError) {
        let looks = looksAgainAt <= .now
        let plan = dispatcher.plan(looksForJobs: looks)
        if looks { looksAgainAt = .now + dispatcher.lookInterval }
        if !plan.giveBack.lanes.isEmpty {
            onLoss(plan.giveBack.jobs)
            try storage.giveBackLanes(plan.giveBack.lanes, by: server)
        }
        // A claim finds what others have posted to own lanes too. Where there is no room for one, those jobs come by turns
        // with all others all the same.
        if !plan.refill.isEmpty || (looks && plan.takesMore && plan.claim == 0) {
            let lanes = try storage.claimMore(
                of: plan.refill, orWaiting: Self.lanesPerLook, by: server, jobsPerLane: Self.jobsPerLane)
            let held = Set(lanes.map(\.key))
            for key in plan.refill where !held.contains(key) { dispatcher.noteLost(key) }
            hold(lanes, server)
        }
        if plan.claim > 0 {
            let lanes = try storage.claimLanes(by: server, lanes: plan.claim, jobsPerLane: Self.jobsPerLane)
            dispatcher.noteClaim(found: lanes.count, of: plan.claim)
            hold(lanes, server)
        }
        if !plan.release.isEmpty { dispatcher.noteKept(try storage.releaseLanes(plan.release, by: server)) }
        signal()
    }

    private func hold(_ lanes: [ClaimedLane], _ server: ServerID) {
        let now = dispatcher.clock.now().milliseconds
        for lane in lanes {
            dispatcher.note(lane)
            let jobs = lane.jobs.compactMap { job in
                do {
                    return try HeldJob(job, claim: server, now: now)
                } catch {
                    // Written by another version of this service: it stays claimed, and in the way of no other job.
                    logger.error("a queued job cannot be read", metadata: ["job": "\(job.id)", "error": "\(error)"])
                    dispatcher.noteEnded(lane.key)
                    return nil
                }
            }
            dispatcher.hold(jobs)
        }
    }
}

/// A job to be written.
struct Posting: Sendable {
    let request: JobRequest
    let stored: StoredRequest
    let key: ProgramKey
    let idempotency: IdempotencyKey?
    let callbackURL: String?

    func posted(_ intent: PostedJob.Intent) -> PostedJob {
        PostedJob(
            id: request.id, program: request.program, key: key, request: stored.bytes, idempotency: idempotency,
            callbackURL: callbackURL, intent: intent)
    }
}
