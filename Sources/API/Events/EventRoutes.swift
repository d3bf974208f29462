import HTTPServer
import PageStorage
import Scheduler
import WorkerProtocol

/// What becomes of jobs, as server-sent events.
extension API {
    var eventEndpoints: [Endpoint] {
        [
            Endpoint("GET", "/v1/jobs/{id}/events", .read, handler: followJob),
            Endpoint("GET", "/v1/events", .read, handler: followPrograms),
        ]
    }

    /// Each state of one job, as far as it is noticed, to its end. An event's id is the job's state.
    @Sendable
    private func followJob(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        _ = try Query(request)
        let (id, _) = try await job(of: request, for: caller)
        let seen = try lastEventID(request, expected: "a job's state", parse: JobState.init(rawValue:))
        // Whoever has seen the end need not come back: this ends an EventSource for good.
        if let seen, seen != .queued, seen != .running { return HTTPResponse(status: 204) }
        let keepAlive = configuration.events.keepAlive
        return try eventStreams.open { [jobs] sink in
            var seen = seen
            while !Task.isCancelled {
                let asked = ContinuousClock.now
                guard let found = try await jobs.changed(id, from: seen, within: keepAlive) else { return }
                if found.state != seen {
                    try sink.send(id: found.state.rawValue, job: found.document)
                } else if .now - asked < keepAlive {
                    // Nobody waits for the job any more: the service is about to end.
                    return
                } else {
                    try sink.keepAlive()
                }
                seen = found.state
                if found.activeState == nil { return }
            }
        }
    }

    /// Jobs of a program, or of all programs, as they come to their ends. An event's id is its place among all ends.
    @Sendable
    private func followPrograms(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        let query = try Query(request, known: ["program"])
        let program = try query.program()
        let seen = try lastEventID(request, expected: "an id of this stream's events", parse: EndMark.init(eventID:))
        return try eventStreams.open { [endedJobs] sink in
            try await endedJobs.follow(program, among: caller.programs, after: seen, sink)
        }
    }

    private func lastEventID<Value>(
        _ request: HTTPRequest, expected: String, parse: (String) -> Value?
    ) throws(HTTPError) -> Value? {
        guard let text = request.headers["Last-Event-ID"], !text.isEmpty else { return nil }
        guard let value = parse(text) else { throw .invalidRequest("Last-Event-ID", "Expected \(expected).") }
        return value
    }
}

extension FoundJob {
    var state: JobState {
        switch self {
        case .active(let job): job.state
        case .finished(let report): report.summary.state
        case .ended(let record): JobState(rawValue: record.state) ?? .failed
        }
    }
}

extension EndMark {
    /// As the events of ended jobs have it.
    var eventID: String { "\(endedAt)-\(job)" }

    init?(eventID: String) {
        let parts = eventID.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let endedAt = Int64(digits: String(parts[0])), let job = UUIDv7(String(parts[1])) else {
            return nil
        }
        self.init(endedAt: endedAt, job: job.description)
    }
}
