import Foundation
import PageStorage

/// Which server holds which program, and in which order jobs were posted and run: what the storage must keep to.
final class QueueHistory: @unchecked Sendable {  // `lock` guards everything.
    private let lock = NSLock()
    private var clock = 0
    private var holders: [ProgramKey: ServerID] = [:]
    private var posts: [String: (began: Int, ended: Int)] = [:]
    private var runs: [ProgramKey: [String]] = [:]
    private(set) var faults: [String] = []

    func now() -> Int {
        lock.withLock {
            clock += 1
            return clock
        }
    }

    func posted(_ job: String, began: Int) {
        let ended = now()
        lock.withLock { posts[job] = (began, ended) }
    }

    func hold(_ key: ProgramKey, by server: ServerID) {
        lock.withLock {
            if let holder = holders[key], holder != server { faults.append("two servers hold a program") }
            holders[key] = server
        }
    }

    func release(_ key: ProgramKey) { lock.withLock { holders[key] = nil } }

    func run(_ job: String, of key: ProgramKey, by server: ServerID) {
        lock.withLock {
            if holders[key] != server { faults.append("a job runs whose program is not held") }
            runs[key, default: []].append(job)
        }
    }

    /// Every job that was posted has run once, and none before one whose post had been answered when its own began.
    func check() -> [String] {
        lock.withLock {
            var found = faults
            let run = runs.values.flatMap(\.self)
            if run.count != posts.count { found.append("\(posts.count) jobs posted, \(run.count) run") }
            if Set(run) != Set(posts.keys) { found.append("other jobs have run than were posted") }
            for jobs in runs.values {
                var latestBegin = 0
                for job in jobs {
                    guard let post = posts[job] else { continue }
                    if post.ended < latestBegin { found.append("a job has overtaken an earlier one") }
                    latestBegin = max(latestBegin, post.began)
                }
            }
            return found
        }
    }
}

/// A server that runs what it claims at once, in the order in which it has it.
struct SimulatedServer {
    let id: ServerID
    let storage: any ServiceStorage
    let history: QueueHistory
    private var lanes: [ProgramKey: Int64] = [:]

    init(_ id: ServerID, _ storage: any ServiceStorage, _ history: QueueHistory) {
        self.id = id
        self.storage = storage
        self.history = history
    }

    mutating func post(_ programs: [ProgramRecord], leaves: Bool) throws {
        let jobs = programs.map { program in
            samplePost(program, lanes[program.key].map { .hold(posted: $0) } ?? (leaves ? .leave : .take))
        }
        let began = history.now()
        let outcomes = try storage.postJobs(jobs, by: id, wakesOthers: false)
        for (job, outcome) in zip(jobs, outcomes) {
            if let posted = outcome.claimedPosted {
                lanes[job.key] = posted
                history.hold(job.key, by: id)
                try run(job.id, job.key)
            }
            history.posted(job.id, began: began)
        }
    }

    /// - Returns: whether there was anything.
    @discardableResult
    mutating func claim(lanes limit: Int, jobs: Int) throws -> Bool {
        let claimed = try storage.claimLanes(by: id, lanes: limit, jobsPerLane: jobs)
        for lane in claimed {
            lanes[lane.key] = lane.posted
            history.hold(lane.key, by: id)
            for job in lane.jobs { try run(job.id, lane.key) }
            var hasMore = lane.hasMore
            while hasMore, let more = try storage.claimMore(of: lane.key, by: id, jobs: jobs) {
                lanes[lane.key] = more.posted
                for job in more.jobs { try run(job.id, lane.key) }
                hasMore = more.hasMore
            }
        }
        return !claimed.isEmpty
    }

    mutating func release(_ key: ProgramKey) throws {
        guard let posted = lanes.removeValue(forKey: key) else { return }
        history.release(key)
        guard try !storage.releaseLanes([(key, posted)], by: id).isEmpty else { return }
        lanes[key] = posted
        history.hold(key, by: id)
    }

    mutating func releaseAll() throws {
        for key in lanes.keys { try release(key) }
    }

    private func run(_ job: String, _ key: ProgramKey) throws {
        history.run(job, of: key, by: id)
        let result = try storage.recordJob(sampleJob(id: job), claim: id)
        if result != .recorded { throw StorageError.failed("\(result)") }
    }
}
