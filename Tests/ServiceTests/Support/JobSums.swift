/// What jobs came to together: by their own JSON, by `/metrics`, or by `/v1/stats`.
struct JobSums: Equatable {
    /// By outcome; jobs without one by their state.
    var outcomes: [String: Int]
    var gasBurned: Int
    /// What is not 0.
    var gasByCost: [String: Int]
    /// By the names of jobs' counters.
    var counters: [String: Int]

    /// - Parameter costs: the price of each page cost.
    init(_ jobs: [JobDocument], costs: [String: Int]) {
        outcomes = Dictionary(grouping: jobs) { $0.outcome ?? $0.state }.mapValues(\.count)
        gasBurned = jobs.reduce(0) { $0 + ($1.gas?.burned ?? 0) }
        var gas: [String: Int] = [:]
        for (cost, count) in jobs.flatMap({ $0.gas?.pages ?? [:] }) {
            gas[cost, default: 0] += count * (costs[cost] ?? 0)
        }
        gas["execution"] = gasBurned - gas.values.reduce(0, +)
        gasByCost = gas.filter { $0.value != 0 }
        counters = [:]
        for name in Self.counterNames {
            counters[name] = jobs.reduce(0) { $0 + ($1.counters?[name] ?? 0) }
        }
    }

    init(_ metrics: MetricSamples) {
        var outcomes: [String: Int] = [:]
        for (labels, count) in metrics.nonzero("lazypages_jobs_total") {
            // {state="finished",outcome="success"}
            let values = labels.split(separator: "\"", omittingEmptySubsequences: false)
            outcomes[String(values[3].isEmpty ? values[1] : values[3])] = Int(count)
        }
        self.outcomes = outcomes
        gasBurned = Int(metrics["lazypages_gas_burned_total"] ?? -1)
        gasByCost = [:]
        for (labels, gas) in metrics.nonzero("lazypages_gas_total") {
            gasByCost[String(labels.split(separator: "\"")[1])] = Int(gas)
        }
        counters = [:]
        for (name, sample) in [
            "read_faults": #"page_faults_total{kind="read"}"#, "write_faults": #"page_faults_total{kind="write"}"#,
            "write_after_read_faults": #"page_faults_total{kind="write_after_read"}"#,
            "pages_loaded": "pages_loaded_total", "pages_prefetched": "pages_prefetched_total",
            "pages_wasted": "pages_wasted_total", "pages_written": "pages_written_total",
        ] {
            counters[name] = Int(metrics["lazypages_\(sample)"] ?? -1)
        }
    }

    init(_ window: StatsDocument.Window) {
        outcomes = window.jobs.outcomes.filter { $0.value != 0 }
        gasBurned = window.gasBurned
        gasByCost = window.gasByCost.filter { $0.value != 0 }
        let pages = window.pages
        counters = [
            "read_faults": pages.faults.read, "write_faults": pages.faults.write,
            "write_after_read_faults": pages.faults.writeAfterRead, "pages_loaded": pages.loaded,
            "pages_prefetched": pages.prefetched, "pages_wasted": pages.wasted, "pages_written": pages.written,
        ]
    }

    private static let counterNames = [
        "read_faults", "write_faults", "write_after_read_faults", "pages_loaded", "pages_prefetched", "pages_wasted",
        "pages_written",
    ]
}

/// An answer of `GET /v1/stats`.
struct StatsDocument: Decodable {
    struct Window: Decodable {
        struct Jobs: Decodable {
            var total: Int
            var outcomes: [String: Int]
        }

        struct Pages: Decodable {
            struct Faults: Decodable {
                var read: Int
                var write: Int
                var writeAfterRead: Int
            }

            var loaded: Int
            var prefetched: Int
            var wasted: Int
            var written: Int
            var faults: Faults
        }

        var jobs: Jobs
        var gasBurned: Int
        var gasByCost: [String: Int]
        var pages: Pages
    }

    struct Page: Decodable, Equatable {
        var page: Int
        var accesses: Int
        var writes: Int
    }

    var windows: [String: Window]
    var hottestPages: [Page]?
}
