import HTTPServer

/// What is counted of HTTP exchanges.
struct RequestMetrics {
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]
    private static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

    private var requests = CounterFamily(
        "lazypages_http_requests_total", "Requests answered.", labels: ["method", "route", "status"])
    private var duration = HistogramFamily(
        "lazypages_http_request_duration_seconds", "From a request's head to its response.",
        labels: ["method", "route"], bounds: seconds)

    /// Methods and paths that nobody serves are counted together, so that callers cannot make up new labels.
    mutating func observe(_ exchange: HTTPExchange) {
        let method = Self.methods.contains(exchange.method) ? exchange.method : "other"
        let route = exchange.route ?? "none"
        requests.add(1, method, route, String(exchange.status))
        duration.observe(Double(exchange.duration) / 1e9, method, route)
    }

    func write(to text: inout PrometheusText) {
        requests.write(to: &text)
        duration.write(to: &text)
    }
}
