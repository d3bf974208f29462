import HTTPServer
import PageStorage
import Testing
import WorkerProtocol

@testable import API

@Suite("Metrics")
struct MetricsTests {
    private func lines(_ service: Service) async throws -> [String] {
        try await service.get("/metrics").text.split(separator: "\n").map(String.init)
    }

    @Test("every sample follows the type and help of its metric, each told once")
    func form() async throws {
        let service = try await Service()
        service.metrics.observe(.get("/v1/jobs", status: 200, seconds: 0.1))
        let answer = try await service.get("/metrics")
        #expect(answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.text.hasSuffix("\n"))
        var told: Set<Substring> = []
        var current: Substring = ""
        for line in try await lines(service) {
            let words = line.split(separator: " ", maxSplits: 3)
            if line.hasPrefix("# HELP ") {
                #expect(told.insert(words[2]).inserted, "\(words[2]) is told twice")
                #expect(words.count == 4)
                current = words[2]
            } else if line.hasPrefix("# TYPE ") {
                #expect(words[2] == current)
                #expect(["counter", "gauge", "histogram"].contains(words[3]))
            } else {
                #expect(line.hasPrefix(current))
                #expect(Double(line.split(separator: " ").last ?? "") != nil, "\(line)")
            }
        }
    }

    @Test("accepted jobs are counted by the class of their program, and a repeated request once")
    func accepted() async throws {
        let service = try await Service()
        try await service.upload("one")
        for _ in 0..<2 {
            _ = try await service.post("/v1/jobs", json: ["program": "one"], headers: ["Idempotency-Key": "k"])
        }
        let jobs: JSONValue = ["jobs": [["program": "one"], ["program": "none"], ["program": "one"]]]
        _ = try await service.post("/v1/jobs/batch", json: jobs)
        let lines = try await lines(service)
        #expect(lines.contains(#"lazypages_jobs_accepted_total{class="gear"} 3"#))
        #expect(lines.contains(#"lazypages_jobs_accepted_total{class="plain"} 0"#))
    }

    @Test("a program is Gear's if it imports a function, and plain otherwise")
    func programClass() {
        var module = ModuleDescription.sample
        #expect(ProgramClass(ProgramInterface(module)) == .gear)
        module.imports = []
        #expect(ProgramClass(ProgramInterface(module)) == .plain)
    }

    @Test(
        "OpenMetrics where it is asked for by name and liked no less, Prometheus' own format otherwise",
        arguments: [
            ("application/openmetrics-text", MetricsFormat.openMetrics),
            (
                "application/openmetrics-text; version=1.0.0; q=0.6, text/plain;version=0.0.4;q=0.3, */*;q=0.1",
                .openMetrics
            ),
            ("application/openmetrics-text;q=0.3, text/plain;q=0.5", .prometheus),
            ("application/openmetrics-text;version=2.0.0", .prometheus),
            ("application/openmetrics-text;q=0", .prometheus), ("*/*", .prometheus), ("", .prometheus),
        ])
    func negotiation(accept: String, format: MetricsFormat) {
        #expect(MetricsFormat(accept: [accept]) == format)
    }

    @Test(
        "OpenMetrics names a counter without its samples' suffix, writes bounds with a fraction, and says where it ends"
    )
    func openMetrics() async throws {
        let service = try await Service()
        let answer = try await service.get("/metrics", headers: ["Accept": "application/openmetrics-text"])
        #expect(answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(answer.headers["Vary"] == "Accept")
        let lines = answer.text.split(separator: "\n").map(String.init)
        #expect(lines.contains("# TYPE lazypages_gas_burned counter"))
        #expect(lines.contains("lazypages_gas_burned_total 0"))
        #expect(lines.contains(#"lazypages_job_duration_seconds_bucket{le="1.0"} 0"#))
        #expect(lines.contains(#"lazypages_job_duration_seconds_bucket{le="+Inf"} 0"#))
        #expect(lines.last == "# EOF")
    }

    @Test("a job's end counts under each of its aspects")
    func jobs() async throws {
        let service = try await Service()
        var job = Job.success(.sample())
        var charges = job.gas.pages
        charges.signalWrite = 3
        job.gas = Gas(limit: 100, left: 58, pages: charges)
        job.timingsUs.execute = 2000
        var counters = JobCounters()
        counters.readFaults = 1
        counters.writeFaults = 2
        counters.writeAfterReadFaults = 4
        counters.pagesLoaded = 5
        counters.bytesLoaded = 81920
        counters.pagesWritten = 6
        counters.pageQueries = 8
        counters.pageQueryNs = 16_000_000
        counters.pagesPrefetched = 9
        counters.pagesWasted = 10
        counters.handlerNs = 1_500_000_000
        counters.conflicts = 7
        service.metrics.observe(job: JobSummary(job))
        for nanoseconds in [40_000, 50_000, 2_000_000_000] as [UInt64] {
            counters.pageQueryTimes.note(nanoseconds: nanoseconds)
        }
        job.counters = counters
        service.metrics.observe(job: JobSummary(job))
        let lines = try await lines(service)
        for line in [
            #"lazypages_jobs_total{state="finished",outcome="success"} 2"#,
            #"lazypages_jobs_total{state="finished",outcome="trap"} 0"#,
            #"lazypages_page_faults_total{kind="read"} 1"#, #"lazypages_page_faults_total{kind="write"} 2"#,
            #"lazypages_page_faults_total{kind="write_after_read"} 4"#, "lazypages_pages_loaded_total 5",
            "lazypages_loaded_bytes_total 81920", "lazypages_page_queries_total 8",
            "lazypages_pages_prefetched_total 9", "lazypages_pages_wasted_total 10", "lazypages_pages_written_total 6",
            "lazypages_fault_handler_seconds_total 1.5", "lazypages_commit_conflicts_total 7",
            "lazypages_gas_burned_total 84", #"lazypages_page_charges_total{cost="signal_write"} 6"#,
            "lazypages_job_duration_seconds_count 2",
            #"lazypages_job_step_duration_seconds_bucket{step="execute",le="0.001"} 0"#,
            #"lazypages_job_step_duration_seconds_bucket{step="execute",le="0.0025"} 2"#,
            #"lazypages_job_step_duration_seconds_bucket{step="execute",le="+Inf"} 2"#,
            #"lazypages_job_step_duration_seconds_sum{step="execute"} 0.004"#,
            #"lazypages_job_step_duration_seconds_count{step="queued"} 0"#,
            #"lazypages_page_query_duration_seconds_bucket{le="5e-05"} 2"#,
            #"lazypages_page_query_duration_seconds_bucket{le="1"} 2"#,
            #"lazypages_page_query_duration_seconds_bucket{le="+Inf"} 3"#,
            "lazypages_page_query_duration_seconds_sum 0.016", "lazypages_page_query_duration_seconds_count 3",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("page queries of a job that was read from its JSON count each as long as the mean")
    func meanQueries() async throws {
        let service = try await Service()
        var job = Job.success(.sample())
        job.counters = JobCounters()
        job.counters?.pageQueries = 4
        job.counters?.pageQueryNs = 8_000_000
        job.counters?.pageQueryTimes.note(nanoseconds: 1)
        service.metrics.observe(job: JobSummary(try Job(document: job.document())))
        let lines = try await lines(service)
        #expect(lines.contains(#"lazypages_page_query_duration_seconds_bucket{le="0.001"} 0"#))
        #expect(lines.contains(#"lazypages_page_query_duration_seconds_bucket{le="0.0025"} 4"#))
        #expect(lines.contains("lazypages_page_query_duration_seconds_sum 0.008"))
    }

    @Test("gas counts by what it was burned for, and comes to what was burned")
    func gasByCost() async throws {
        let service = try await Service()
        let price = Double(service.api.configuration.costs[.signalWrite])
        var job = Job.success(.sample())
        var charges = job.gas.pages
        charges.signalWrite = 3
        let limit = UInt64(price) * 10 + 100
        job.gas = Gas(limit: limit, left: limit - UInt64(price) * 3 - 42, pages: charges)
        service.metrics.observe(job: JobSummary(job))
        let lines = try await lines(service)
        for line in [
            #"lazypages_gas_total{cost="signal_write"} \#(PrometheusText.number(price * 3))"#,
            #"lazypages_gas_total{cost="signal_read"} 0"#, #"lazypages_gas_total{cost="execution"} 42"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("calls of the storage, its connections and its failures are told")
    func storage() async throws {
        let service = try await Service()
        await #expect(throws: StorageError.full("test")) {
            try await service.storage.withStorage { _ throws(StorageError) -> Void in throw .full("test") }
        }
        let lines = try await lines(service)
        for line in [
            #"lazypages_storage_errors_total{kind="full"} 1"#, #"lazypages_storage_errors_total{kind="failed"} 0"#,
            #"lazypages_storage_connections{state="busy"} 0"#, "lazypages_storage_waiting_calls 0",
            "lazypages_event_streams 0", "lazypages_queue_oldest_age_seconds 0",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        let count = lines.first { $0.hasPrefix("lazypages_storage_call_duration_seconds_count ") }
        #expect(count.flatMap { Int($0.split(separator: " ")[1]) } ?? 0 >= 2)
    }

    @Test("a failed job counts by its code, and codes cannot be made up")
    func failures() async throws {
        let service = try await Service()
        for code in ["worker_crashed", "made_up"] {
            service.metrics.observe(job: JobSummary(.failed(.sample(), code: code, message: "")))
        }
        let lines = try await lines(service)
        #expect(lines.contains(#"lazypages_jobs_total{state="failed",outcome=""} 2"#))
        #expect(lines.contains(#"lazypages_job_failures_total{code="worker_crashed"} 1"#))
        #expect(lines.contains(#"lazypages_job_failures_total{code="internal_error"} 1"#))
        #expect(!lines.contains { $0.contains("made_up") })
    }

    @Test("requests count by method, route and status; what nobody serves counts together")
    func requests() async throws {
        let service = try await Service()
        service.metrics.observe(.get("/v1/jobs/{id}", status: 404, seconds: 0.002))
        service.metrics.observe(HTTPExchange(method: "BREW", route: nil, status: 501, duration: 100_000_000_000))
        let lines = try await lines(service)
        for line in [
            #"lazypages_http_requests_total{method="GET",route="/v1/jobs/{id}",status="404"} 1"#,
            #"lazypages_http_requests_total{method="other",route="none",status="501"} 1"#,
            #"lazypages_http_request_duration_seconds_bucket{method="GET",route="/v1/jobs/{id}",le="0.0025"} 1"#,
            #"lazypages_http_request_duration_seconds_bucket{method="other",route="none",le="60"} 0"#,
            #"lazypages_http_request_duration_seconds_bucket{method="other",route="none",le="+Inf"} 1"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("the state of the moment is told with them")
    func state() async throws {
        let service = try await Service()
        service.scheduler.state.withLock {
            $0.statistics.workersBusy = 3
            $0.statistics.queued = 4
            $0.statistics.restarts = ["timeout": 5]
            $0.statistics.retries = ["memory": 6]
            $0.statistics.workerProcessorSeconds = 1.25
            $0.statistics.workerResidentBytes = 4096
        }
        let lines = try await lines(service)
        for line in [
            #"lazypages_build_info{version="1.2.3",storage="sqlite"} 1"#, "lazypages_storage_up 1",
            #"lazypages_workers{state="idle"} 2"#, #"lazypages_workers{state="busy"} 3"#, "lazypages_queue_length 4",
            #"lazypages_worker_restarts_total{cause="timeout"} 5"#,
            #"lazypages_worker_restarts_total{cause="crashed"} 0"#,
            #"lazypages_job_retries_total{cause="memory"} 6"#, #"lazypages_job_retries_total{cause="storage"} 0"#,
            "lazypages_worker_cpu_seconds_total 1.25", "lazypages_worker_resident_memory_bytes 4096",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(lines.contains { $0.hasPrefix("process_start_time_seconds 1") })
        #expect(try await self.lines(.withoutStorage()).contains("lazypages_storage_up 0"))
    }

    @Test("what the process uses is told under Prometheus' own names")
    func process() async throws {
        let service = try await Service()
        var samples: [String: Double] = [:]
        for line in try await lines(service) where line.hasPrefix("process_") {
            let words = line.split(separator: " ")
            samples[String(words[0])] = Double(words[1])
        }
        let value = { (name: String) in try #require(samples[name]) }
        #expect(try value("process_cpu_seconds_total") > 0)
        #expect(try value("process_resident_memory_bytes") > 1_000_000)
        #expect(try value("process_virtual_memory_bytes") > value("process_resident_memory_bytes"))
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_max_fds") >= value("process_open_fds"))
    }

    @Test("label values and helps are escaped")
    func escaping() {
        var text = PrometheusText(.prometheus)
        text.begin("a", .gauge, help: "one\\two\n\"three\"")
        text.sample("a", 0.5, labels: [("l", "\"x\\\n")])
        #expect(text.text == "# HELP a one\\\\two\\n\"three\"\n# TYPE a gauge\na{l=\"\\\"x\\\\\\n\"} 0.5\n")
    }
}

extension HTTPExchange {
    fileprivate static func get(_ route: String, status: Int, seconds: Double) -> HTTPExchange {
        HTTPExchange(method: "GET", route: route, status: status, duration: UInt64(seconds * 1e9))
    }
}
