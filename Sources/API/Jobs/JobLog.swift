import Logging
import Tracing
import WorkerProtocol

extension Logger {
    /// The line of a job that has come to its end. It holds nothing of what the job was given or has made.
    public func info(job: JobSummary) {
        guard logLevel <= .info else { return }
        var line: Metadata = [
            "job": "\(job.id)", "program": "\(job.program)", "state": "\(job.state.rawValue)",
            "gas_burned": .stringConvertible(job.gas.burned),
        ]
        line["outcome"] = job.outcome.map { "\($0.rawValue)" }
        line["error"] = job.errorCode.map { "\($0)" }
        if let finishedAt = job.finishedAt {
            line["ms"] = .stringConvertible(finishedAt.milliseconds - job.createdAt.milliseconds)
        }
        if let origin = job.origin {
            line["request_id"] = "\(origin.requestId)"
            line["token"] = origin.token.map { "\($0)" }
            line["trace_id"] = TraceContext(traceparent: origin.traceparent).map { "\($0.traceID)" }
        }
        info("job", metadata: line)
    }
}
