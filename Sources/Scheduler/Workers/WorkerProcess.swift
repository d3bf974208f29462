import Foundation
import WorkerProtocol

/// A worker process and the connection to it. All calls block, and only one thread uses it.
struct WorkerProcess: ~Copyable {
    /// What a worker reports of a job.
    typealias Ending = (report: JobReport, keeping: JobKeeping)

    let process: ChildProcess
    private var channel: FrameChannel
    private let progress: JobProgress

    /// Starts a worker; it is not ready yet.
    init(command: [String]) throws(SpawnError) {
        let sockets = try SocketPair()
        let progress: JobProgress
        do { progress = try JobProgress() } catch { throw SpawnError(call: error.call, code: error.code) }
        process = try ChildProcess.start(command, socket: sockets.far, progress: progress.descriptor)
        channel = FrameChannel(sockets.near)
        self.progress = progress
    }

    /// Whether the program of the last job has begun: until then, nothing of it can have been stored.
    var hasBegun: Bool { progress.current.stage != .loading }

    /// Whether the worker has ended, or speaks without being asked: it cannot take a job any more.
    var isBroken: Bool { channel.isReadable() }

    mutating func waitUntilReady(within limit: Duration) throws(WorkerFailure) {
        switch try answer(before: .now + limit) {
        case .ready: return
        case nil: throw .overdue(to: "be ready", limit)
        default: throw .confused("not ready")
        }
    }

    /// Runs a job to its end.
    /// - Parameters:
    ///   - queued: how long the job waited.
    ///   - clockAheadMs: how far the storage's clock is ahead.
    ///   - knownVersion: in which version the program is, as far as this server knows.
    mutating func run(
        _ job: HeldJob, queued: Duration, clockAheadMs: Int64, knownVersion: Int64?, limits: WorkerLimits
    ) throws(WorkerFailure) -> Ending {
        progress.begin()
        let terms = RunTerms(
            queuedUs: UInt64(queued.wholeMicroseconds), claim: Data(job.claim.bytes), clockAheadMs: clockAheadMs,
            knownVersion: knownVersion)
        let patience = JobPatience(
            timeout: .milliseconds(Int64(clamping: job.request.timeoutMs)), limits: limits)
        try send(
            .run(job.stored, terms), before: .now + limits.load, else: .overdue(to: "load the program", limits.load))
        while true {
            let (stage, elapsed) = progress.current
            switch try answer(before: .now + patience.wait(stage, for: elapsed)) {
            case .job(let report, let keeping) where report.summary.id == job.id: return (report, keeping)
            case nil: continue
            default: throw .confused("not about job \(job.id)")
            }
        }
    }

    mutating func inspect(code: [UInt8], isText: Bool, limit: Duration) throws(WorkerFailure) -> ModuleInspection {
        progress.begin()
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

    /// - Returns: nil if the deadline has come.
    private mutating func answer(before deadline: FrameChannel.Deadline) throws(WorkerFailure) -> WorkerAnswer? {
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
        case .ended: status.description
        case .confused: "gave an answer that is none"
        }
    }
}
