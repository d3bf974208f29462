import Pages
import WorkerProtocol

/// What is counted of jobs that came to their end.
struct JobMetrics {
    private static let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]
    private static let steps = ["queued", "load", "execute", "commit"]
    /// Codes of failed jobs; any other counts as `internal_error`, so that the label stays bounded.
    private static let failureCodes = [
        "storage_unavailable", "worker_crashed", "worker_memory_exceeded", "commit_conflict", "page_size_mismatch",
        "page_vanished", "program_deleted", "shutting_down", "internal_error",
    ]

    private var accepted = CounterFamily(
        "lazypages_jobs_accepted_total", "Jobs that this server accepted, by the class of their program.",
        labels: ["class"], known: ProgramClass.allCases.map { [$0.rawValue] })
    private var outcomes = CounterFamily(
        "lazypages_jobs_total", "Jobs that came to their end, by how their program ended; empty if it did not.",
        labels: ["state", "outcome"],
        known: JobOutcome.allCases.map { ["finished", $0.rawValue] } + [["failed", ""], ["cancelled", ""]])
    private var failures = CounterFamily(
        "lazypages_job_failures_total", "Jobs that the service could not run, by the code of their error.",
        labels: ["code"], known: failureCodes.map { [$0] })
    private var duration = HistogramFamily(
        "lazypages_job_duration_seconds", "From accepting a job to its end.", bounds: seconds)
    private var steps = HistogramFamily(
        "lazypages_job_step_duration_seconds", "Where the time of jobs went.", labels: ["step"],
        known: steps.map { [$0] }, bounds: seconds)
    private var faults = CounterFamily(
        "lazypages_page_faults_total", "Page faults that the engine handled.", labels: ["kind"],
        known: [["read"], ["write"], ["write_after_read"]])
    private var charges = CounterFamily(
        "lazypages_page_charges_total", "How often each of the seven page costs was charged.", labels: ["cost"],
        known: CostKind.allCases.map { [$0.metricLabel] })
    private var pagesLoaded = CounterFamily("lazypages_pages_loaded_total", "Pages loaded from the storage.")
    private var bytesLoaded = CounterFamily("lazypages_loaded_bytes_total", "Bytes of pages loaded from the storage.")
    private var pageQueries = CounterFamily("lazypages_page_queries_total", "Queries that fetched pages.")
    private var pageQueryDuration = HistogramFamily(
        "lazypages_page_query_duration_seconds", "Queries that fetched pages, by how long they took.",
        bounds: PageQueryTimes.bounds)
    private var pagesPrefetched = CounterFamily(
        "lazypages_pages_prefetched_total", "Pages fetched before they were touched.")
    private var pagesWasted = CounterFamily(
        "lazypages_pages_wasted_total", "Pages fetched before they were touched, and then never touched.")
    private var pagesWritten = CounterFamily("lazypages_pages_written_total", "Pages that jobs wrote.")
    private var handlerSeconds = CounterFamily(
        "lazypages_fault_handler_seconds_total", "Time spent in the page fault handler.")
    private var gasBurned = CounterFamily("lazypages_gas_burned_total", "Gas that jobs burned.")
    private var conflicts = CounterFamily(
        "lazypages_commit_conflicts_total", "Starts over after a lost race with another writer of the program.")

    mutating func observe(accepted programClass: ProgramClass) { accepted.add(1, programClass.rawValue) }

    mutating func observe(_ job: JobSummary) {
        outcomes.add(1, job.state.rawValue, job.outcome?.rawValue ?? "")
        if job.state == .failed {
            let code = job.errorCode ?? ""
            failures.add(1, Self.failureCodes.contains(code) ? code : "internal_error")
        }
        if let finished = job.finishedAt {
            duration.observe(Double(max(0, finished.milliseconds - job.createdAt.milliseconds)) / 1e3)
        }
        observe(job.timingsUs)
        if let counters = job.counters { observe(counters) }
        let gas = job.gas
        gasBurned.add(Double(gas.burned))
        for kind in CostKind.allCases where gas.pages[kind] > 0 {
            charges.add(Double(gas.pages[kind]), kind.metricLabel)
        }
    }

    private mutating func observe(_ counters: JobCounters) {
        faults.add(Double(counters.readFaults), "read")
        faults.add(Double(counters.writeFaults), "write")
        faults.add(Double(counters.writeAfterReadFaults), "write_after_read")
        pagesLoaded.add(Double(counters.pagesLoaded))
        bytesLoaded.add(Double(counters.bytesLoaded))
        pageQueries.add(Double(counters.pageQueries))
        var times = counters.pageQueryTimes
        if times.counts.isEmpty, counters.pageQueries > 0 {
            // Of a job whose worker died before it could tell, each is taken to be of the mean duration.
            times.note(
                nanoseconds: counters.pageQueryNs / counters.pageQueries, queries: counters.pageQueries)
        }
        pageQueryDuration.add(counts: times.counts, sum: Double(counters.pageQueryNs) / 1e9)
        pagesPrefetched.add(Double(counters.pagesPrefetched))
        pagesWasted.add(Double(counters.pagesWasted))
        pagesWritten.add(Double(counters.pagesWritten))
        handlerSeconds.add(Double(counters.handlerNs) / 1e9)
        conflicts.add(Double(counters.conflicts))
    }

    private mutating func observe(_ timings: JobTimings) {
        for (step, microseconds) in zip(Self.steps, [timings.queued, timings.load, timings.execute, timings.commit]) {
            if let microseconds { steps.observe(Double(microseconds) / 1e6, step) }
        }
    }

    /// - Parameter costs: the price of each page cost.
    func write(to text: inout PrometheusText, costs: PageCosts) {
        accepted.write(to: &text)
        outcomes.write(to: &text)
        failures.write(to: &text)
        duration.write(to: &text)
        steps.write(to: &text)
        pageQueryDuration.write(to: &text)
        for family in [
            faults, charges, pagesLoaded, bytesLoaded, pageQueries, pagesPrefetched, pagesWasted, pagesWritten,
            handlerSeconds, gasBurned, conflicts,
        ] {
            family.write(to: &text)
        }
        gas(costs).write(to: &text)
    }

    private func gas(_ costs: PageCosts) -> CounterFamily {
        var family = CounterFamily(
            "lazypages_gas_total", "Gas that jobs burned, by page cost; the rest is execution.",
            labels: ["cost"])
        for (cost, gas) in GasByCost.amounts(gasBurned.total, costs, charges: { charges.value($0.metricLabel) }) {
            family.add(gas, cost)
        }
        return family
    }
}
