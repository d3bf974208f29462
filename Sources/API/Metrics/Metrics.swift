import HTTPServer
import PageStorage
import Pages
import Scheduler
import Synchronization
import WorkerProtocol

/// What is counted since the process started, written for Prometheus at `GET /metrics`.
public final class Metrics: Sendable {
    private struct State {
        var jobs = JobMetrics()
        var requests = RequestMetrics()
    }

    private let state = Mutex(State())
    /// What jobs came to lately.
    let statistics: JobStatistics

    public convenience init() {
        let start = ContinuousClock.now
        self.init(statistics: JobStatistics { .now - start })
    }

    init(statistics: JobStatistics) { self.statistics = statistics }

    /// Counts a job that was accepted: a request that is repeated counts once.
    func observe(accepted programClass: ProgramClass) { state.withLock { $0.jobs.observe(accepted: programClass) } }

    /// Counts a job that came to its end, well or not.
    public func observe(job: JobSummary) {
        state.withLock { $0.jobs.observe(job) }
        statistics.observe(job)
    }

    /// Counts a request that was answered, or would have been.
    public func observe(_ exchange: HTTPExchange) { state.withLock { $0.requests.observe(exchange) } }

    /// Everything counted, and the state of the service at this moment.
    func text(service: ServiceMetrics, format: MetricsFormat) -> String {
        var text = PrometheusText(format)
        service.write(to: &text)
        ProcessMetrics().write(to: &text)
        let counted = state.withLock { $0 }
        counted.jobs.write(to: &text, costs: service.costs)
        counted.requests.write(to: &text)
        return text.text
    }
}

/// The state of the service at one moment.
struct ServiceMetrics {
    var version: String
    var storageKind: String
    var startedAt: Timestamp
    var storageUp: Bool
    var scheduler: SchedulerStatistics
    var storage: StorageCallStatistics
    var eventStreams: Int
    /// The price of each page cost.
    var costs: PageCosts

    func write(to text: inout PrometheusText) {
        text.begin("lazypages_build_info", .gauge, help: "The running version, and the kind of its storage.")
        text.sample(
            "lazypages_build_info", 1, labels: [("version", version), ("storage", storageKind)])
        text.begin("process_start_time_seconds", .gauge, help: "When the process started, in seconds since 1970.")
        text.sample("process_start_time_seconds", Double(startedAt.milliseconds) / 1e3)
        text.begin("lazypages_storage_up", .gauge, help: "Whether the storage answers.")
        text.sample("lazypages_storage_up", storageUp ? 1 : 0)
        StorageMetrics(calls: storage).write(to: &text)
        text.begin("lazypages_event_streams", .gauge, help: "Clients that follow events.")
        text.sample("lazypages_event_streams", Double(eventStreams))
        text.begin("lazypages_workers", .gauge, help: "Worker processes by what they do.")
        for (state, count) in [
            ("idle", scheduler.workersIdle), ("busy", scheduler.workersBusy), ("starting", scheduler.workersStarting),
        ] {
            text.sample("lazypages_workers", Double(count), labels: [("state", state)])
        }
        text.begin("lazypages_queue_length", .gauge, help: "Jobs and uploads that wait for a worker.")
        text.sample("lazypages_queue_length", Double(scheduler.queued))
        text.begin(
            "lazypages_queue_oldest_age_seconds", .gauge,
            help: "For how long the oldest job waits that this server has taken up, or none; 0 if there is none.")
        text.sample("lazypages_queue_oldest_age_seconds", scheduler.oldestWaitSeconds ?? 0)
        text.begin(
            "lazypages_worker_restarts_total", .counter, help: "Workers started in place of another, by cause.")
        let causes = Set(["recycled", "timeout", "crashed", "held_up", "memory"]).union(scheduler.restarts.keys)
        for cause in causes.sorted() {
            let count = Double(scheduler.restarts[cause] ?? 0)
            text.sample("lazypages_worker_restarts_total", count, labels: [("cause", cause)])
        }
        text.begin("lazypages_job_retries_total", .counter, help: "Jobs begun again, by what came between.")
        let retryCauses = Set(["crashed", "memory", "held_up", "storage", "server"]).union(scheduler.retries.keys)
        for cause in retryCauses.sorted() {
            let count = Double(scheduler.retries[cause] ?? 0)
            text.sample("lazypages_job_retries_total", count, labels: [("cause", cause)])
        }
        text.begin(
            "lazypages_worker_cpu_seconds_total", .counter, help: "Processor time of all workers that there were.")
        text.sample("lazypages_worker_cpu_seconds_total", scheduler.workerProcessorSeconds)
        text.begin(
            "lazypages_worker_resident_memory_bytes", .gauge,
            help: "Memory of all workers together; what they share counts for each.")
        text.sample("lazypages_worker_resident_memory_bytes", Double(scheduler.workerResidentBytes))
        text.begin(
            "lazypages_lost_claims_total", .counter,
            help: "Jobs that were cancelled while a worker had them, or other servers' when it was done.")
        text.sample("lazypages_lost_claims_total", Double(scheduler.lostClaims))
    }
}
