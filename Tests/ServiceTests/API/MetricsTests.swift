import Testing

extension ServiceSuites {
    @Suite("Metrics")
    struct MetricsTests {
        @Test("known traffic is counted exactly", arguments: StorageKind.allCases)
        func counters(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 1) { service in
                try await service.client.upload("bank")
                let fresh = try await service.metrics()
                for name in ["page_faults", "pages_loaded", "pages_written", "gas_burned", "jobs"] {
                    #expect(fresh.nonzero("lazypages_\(name)_total").isEmpty)
                }

                var jobs = [
                    try await service.client.run("bank", "put", 8, 1),
                    try await service.client.run("bank", "deposit", 8, 1),
                    try await service.client.run("bank", "deposit", 8, 1, commit: false),
                    try await service.client.run("bank", "seam", 20, commit: false),
                    try await service.client.run("bank", "abandon", 9),
                    try await service.client.run("bank", "byte", 80, 0),
                    try await service.client.run("bank", "visit", 8, 2, gas: CounterProgram.ownGas + 1),
                    try await service.client.run("bank", "visit", 7, 3),
                ]
                let late = try await service.client.run("bank", "forever", timeoutMs: 100)
                #expect(late.gas?.left == 0)
                jobs.append(late)
                let isWhole = try await eventually { try await service.isIdle(workers: 1) }
                #expect(isWhole)

                let metrics = try await service.metrics()
                #expect(
                    metrics.nonzero("lazypages_jobs_total") == [
                        #"{state="finished",outcome="success"}"#: 5, #"{state="finished",outcome="trap"}"#: 1,
                        #"{state="finished",outcome="memory_out_of_bounds"}"#: 1,
                        #"{state="finished",outcome="gas_limit_exceeded"}"#: 1,
                        #"{state="finished",outcome="timeout"}"#: 1,
                    ])
                var charges: [String: Int] = [:]
                for (cost, count) in jobs.flatMap({ $0.gas?.pages ?? [:] }) where count > 0 {
                    charges[#"{cost="\#(cost)"}"#, default: 0] += count
                }
                #expect(metrics.nonzero("lazypages_page_charges_total") == charges.mapValues(Double.init))
                #expect(
                    metrics["lazypages_gas_burned_total"] == Double(jobs.reduce(0) { $0 + ($1.gas?.burned ?? 0) }))
                #expect(
                    metrics["lazypages_pages_loaded_total"] == Double(jobs.reduce(0) { $0 + $1.loadedPages }))
                func sum(_ counter: String) -> Double { Double(jobs.reduce(0) { $0 + ($1.counters?[counter] ?? 0) }) }
                for (counter, sample) in [
                    "read_faults": #"page_faults_total{kind="read"}"#,
                    "write_faults": #"page_faults_total{kind="write"}"#,
                    "write_after_read_faults": #"page_faults_total{kind="write_after_read"}"#,
                    "pages_loaded": "pages_loaded_total", "bytes_loaded": "loaded_bytes_total",
                    "pages_written": "pages_written_total", "page_queries": "page_queries_total",
                    "pages_prefetched": "pages_prefetched_total", "pages_wasted": "pages_wasted_total",
                ] {
                    #expect(metrics["lazypages_\(sample)"] == sum(counter), "\(counter)")
                }
                #expect(sum("handler_ns") > 0)
                let handlerSeconds = try #require(metrics["lazypages_fault_handler_seconds_total"])
                #expect(abs(handlerSeconds * 1e9 - sum("handler_ns")) < 1)
                #expect(late.counters == nil, "its worker was stopped")
                // Written and stored: one by each of the two that committed a page.
                #expect(metrics["lazypages_pages_written_total"] == 2)
                #expect(
                    metrics.nonzero("lazypages_page_faults_total") == [
                        #"{kind="read"}"#: 5, #"{kind="write"}"#: 4, #"{kind="write_after_read"}"#: 2,
                    ])
                #expect(metrics["lazypages_job_duration_seconds_count"] == Double(jobs.count))
                #expect(metrics.nonzero("lazypages_worker_restarts_total") == [#"{cause="timeout"}"#: 1])
                #expect(metrics.nonzero("lazypages_job_failures_total").isEmpty)
                let posted = #"lazypages_http_requests_total{method="POST",route="/v1/jobs",status="200"}"#
                #expect(metrics[posted] == Double(jobs.count))
            }
        }
    }
}
