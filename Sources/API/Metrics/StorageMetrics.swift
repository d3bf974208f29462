import PageStorage

/// How the server's own connections to the storage are used; those of the workers are not among them.
struct StorageMetrics {
    let calls: StorageCallStatistics

    func write(to text: inout PrometheusText) {
        text.begin("lazypages_storage_connections", .gauge, help: "The server's storage connections by what they do.")
        for (state, count) in [("busy", calls.running), ("idle", max(0, calls.connections - calls.running))] {
            text.sample("lazypages_storage_connections", Double(count), labels: [("state", state)])
        }
        text.begin("lazypages_storage_waiting_calls", .gauge, help: "Calls that wait for a storage connection.")
        text.sample("lazypages_storage_waiting_calls", Double(calls.waiting))
        let duration = "lazypages_storage_call_duration_seconds"
        text.begin(duration, .histogram, help: "Calls of the storage, from when they have a connection.")
        text.distribution(
            duration, counts: calls.durations, bounds: StorageCallStatistics.bounds, sum: calls.seconds)
        text.begin("lazypages_storage_errors_total", .counter, help: "Calls that the storage could not do, by kind.")
        for (kind, count) in calls.errors.sorted(by: { $0.key < $1.key }) {
            text.sample("lazypages_storage_errors_total", Double(count), labels: [("kind", kind)])
        }
    }
}
