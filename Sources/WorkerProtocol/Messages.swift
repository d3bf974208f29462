import Foundation

/// What the server sends to a worker.
public enum WorkerCommand: Sendable {
    /// Run a job, store its outcome, and answer `WorkerAnswer.started`, `.executed` and `.job`.
    /// `queuedUs` is how long it waited for this worker, in microseconds; it belongs into the job's timings.
    case run(JobRequest, queuedUs: UInt64)
    /// Look at an upload; answers `WorkerAnswer.module` or `WorkerAnswer.refused`.
    case inspect(code: Data, isText: Bool)
}

/// What a worker sends to the server.
public enum WorkerAnswer: Sendable {
    /// Sent once, when the worker can take its first command.
    case ready
    /// The job's program is loaded and begins now: its time-out counts from here, and so many times, for a form of the
    /// program that may take that much longer. Sent again if the program starts over.
    /// Before the first one nothing of the job is committed, so that another worker may run it if this one ends.
    case started(timeoutFactor: Int)
    /// The program has come to its end, and its job is about to be stored: no time-out of the job applies any more, but
    /// where the program starts over.
    case executed
    /// The job came to its end, or failed; `recorded` says whether the storage holds it.
    case job(Job, recorded: Bool)
    /// The upload can be run.
    case module(InspectedModule)
    case refused(ModuleRefusal)
}
