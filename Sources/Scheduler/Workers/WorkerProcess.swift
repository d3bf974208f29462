import Foundation
import WorkerProtocol

/// A worker process and the connection to it. All calls block, and only one thread uses it.
struct WorkerProcess: ~Copyable {
    /// What a worker reports of a job.
    typealias Ending = (report: JobReport, keeping: JobKeeping)

    let process: ChildProcess
    private var channel: FrameChannel
    private let progress: JobProgress
    private let memory: ProcessMemory
    private let memoryLimit: UInt64?

    /// Starts a worker; it is not ready yet.
    /// - Parameters:
    ///   - environment: what it has other than this process; nil is for what it does not have.
    ///   - memoryLimit: how many bytes it may have for itself.
    init(command: [String], environment: [String: String?] = [:], memoryLimit: UInt64?) throws(SpawnError) {
        let sockets = try SocketPair()
        let progress: JobProgress
        do { progress = try JobProgress() } catch { throw SpawnError(call: error.call, code: error.code) }
        process = try ChildProcess.start(
            command, environment: environment, socket: sockets.far, progress: progress.descriptor)
        channel = FrameChannel(sockets.near)
        self.progress = progress
        memory = ProcessMemory(of: process.number)
        self.memoryLimit = memoryLimit
    }

    /// How many of the last jobs were not taken back.
    private var offered = 0

    /// How many of the last jobs the worker has begun.
    var begun: Int { min(progress.begun, offered) }

    /// Whether the program of the job that was begun last has begun: until then, nothing of that job can have been stored.
    var hasBegun: Bool { progress.current.stage != .loading }

    /// Whether the worker has more memory for itself than it may.
    var exceedsMemory: Bool {
        guard let memoryLimit, let bytes = memory.current else { return false }
        return bytes > memoryLimit
    }

    /// Whether the worker has ended, or speaks without being asked: it cannot take a job any more.
    var isBroken: Bool { channel.isReadable() }

    mutating func waitUntilReady(within limit: Duration) throws(WorkerFailure) {
        switch try answer(before: .now + limit) {
        case .ready: return
        case nil: throw .overdue(to: "be ready", limit)
        default: throw .confused("not ready")
        }
    }

    /// A job for the worker.
    struct Order {
        let job: HeldJob
        /// How long the job waited.
        let queued: Duration
        /// In which version its program is, as far as this server knows.
        let knownVersion: Int64?
    }

    /// Runs jobs to their ends.
    /// - Parameters:
    ///   - orders: jobs of different programs.
    ///   - clockAheadMs: how far the storage's clock is ahead.
    ///   - ended: is called with the place of a job among the orders, and what became of it.
    /// - Returns: how many of the jobs were begun: the others are taken back, since one of the first takes long.
    mutating func run(
        _ orders: [Order], clockAheadMs: Int64, limits: WorkerLimits, ended: (Int, Ending) -> Void
    ) throws(WorkerFailure) -> Int {
        progress.reset()
        let command = orders.map { order in
            JobOrder(
                order.job.stored,
                RunTerms(
                    queuedUs: UInt64(order.queued.wholeMicroseconds), claim: Data(order.job.claim.bytes),
                    clockAheadMs: clockAheadMs, knownVersion: order.knownVersion))
        }
        try send(.run(command), before: .now + limits.load, else: .overdue(to: "load the program", limits.load))
        var open = Array(orders.indices)
        offered = orders.count
        while !open.isEmpty {
            let (stage, elapsed) = progress.current
            let begun = begun
            // A worker that has begun none has not looked at the command yet: it would not see that the jobs were taken back,
            // and begin them under the next command.
            if open.count > 1, stage != .storing, elapsed >= JobPatience.others, begun > 0, begun < offered {
                offered = progress.close()
                open.removeAll { $0 >= offered }
                continue
            }
            let patience = JobPatience(orders, open: open, begun: begun, limits: limits)
            let wait = try patience.wait(stage, for: elapsed)
            switch try answer(before: .now + (begun == 0 ? min(wait, JobPatience.others) : wait)) {
            case .job(let report, let keeping):
                guard let place = open.firstIndex(where: { orders[$0].job.id == report.summary.id }) else {
                    throw .confused("not about a job that it has")
                }
                ended(open.remove(at: place), (report, keeping))
            case nil: continue
            default: throw .confused("not about a job")
            }
        }
        return offered
    }

    mutating func inspect(code: [UInt8], isText: Bool, limit: Duration) throws(WorkerFailure) -> ModuleInspection {
        progress.reset()
        let deadline = FrameChannel.Deadline.now + limit
        try send(.inspect(code: Data(code), isText: isText), before: deadline, else: .timedOut)
        switch try answer(before: deadline) {
        case .module(let module): return .accepted(module)
        case .refused(let refusal): return .refused(refusal)
        case nil: throw .timedOut
        default: throw .confused("not about an upload")
        }
    }

    /// Ends the worker by ending its connection, and by force when it stays.
    consuming func end(within limit: Duration) {
        channel.finishSending()
        _ = try? channel.receive(deadline: .now + limit)
        kill()
    }

    /// Ends the worker at once, if it has not ended already.
    @discardableResult
    consuming func kill() -> ExitStatus {
        process.killNow()
        return process.wait()
    }

    private mutating func send(
        _ command: WorkerCommand, before deadline: FrameChannel.Deadline, else overdue: WorkerFailure
    ) throws(WorkerFailure) {
        let frame: Frame
        do { frame = try command.frame() } catch { throw .confused("\(error)") }
        do {
            try channel.send(frame, deadline: deadline)
        } catch {
            throw error == .timedOut ? overdue : WorkerFailure(error)
        }
    }

    /// A worker that computes is looked at so often.
    private static let memoryInterval = Duration.milliseconds(20)

    /// - Returns: nil if the deadline has come.
    private mutating func answer(before deadline: FrameChannel.Deadline) throws(WorkerFailure) -> WorkerAnswer? {
        while true {
            let now = FrameChannel.Deadline.now
            if let answer = try nextAnswer(before: min(deadline, now + Self.memoryInterval)) { return answer }
            if exceedsMemory { throw .memoryExceeded }
            if now + Self.memoryInterval >= deadline { return nil }
        }
    }

    private mutating func nextAnswer(before deadline: FrameChannel.Deadline) throws(WorkerFailure) -> WorkerAnswer? {
        let frame: Frame?
        do {
            frame = try channel.receive(deadline: deadline)
        } catch {
            guard error != .timedOut else { return nil }
            throw WorkerFailure(error)
        }
        guard let frame else { throw .ended }
        do { return try WorkerAnswer(frame) } catch { throw .confused("\(error)") }
    }
}

/// Why a worker is of no more use.
enum WorkerFailure: Error, Equatable {
    /// A job's program, or an upload, took longer than it may.
    case timedOut
    /// The worker itself took longer than it may.
    case overdue(to: String, Duration)
    /// It has closed its connection: as a rule, because it has ended.
    case ended
    /// One of several jobs that it has takes so long that the others had better not wait for it.
    case holdsUpOthers
    /// It has more memory for itself than it may.
    case memoryExceeded
    /// It is not to be understood.
    case confused(String)

    fileprivate init(_ error: ChannelError) {
        switch error {
        case .closed: self = .ended
        case .timedOut, .frame, .system: self = .confused("\(error)")
        }
    }

    /// Completes a sentence: "the worker …".
    func description(endingWith status: ExitStatus) -> String {
        switch self {
        case .timedOut: "took too long"
        case .overdue(let purpose, let limit): "took longer than \(limit) to \(purpose)"
        case .holdsUpOthers: "took long"
        case .memoryExceeded: "needed more memory than it may have"
        case .ended: status.description
        case .confused: "gave an answer that is none"
        }
    }
}

extension JobPatience {
    /// - Parameter open: the places of jobs that are not answered; at least one.
    fileprivate init(_ orders: [WorkerProcess.Order], open: [Int], begun: Int, limits: WorkerLimits) {
        self.init(limits: limits)
        let timeouts = open.filter { $0 < begun }.map { orders[$0].job.request.timeoutMs }
        timeout = .milliseconds(Int64(clamping: timeouts.max() ?? orders[open[0]].job.request.timeoutMs))
        holdsOthers = open.count > 1
    }
}
