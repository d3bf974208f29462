import HTTPServer
import Scheduler

/// How the service stands, for load balancers, monitoring and clients.
extension API {
    var serviceEndpoints: [Endpoint] {
        [
            Endpoint("GET", "/healthz", .open) { _ in try Self.state("alive") },
            Endpoint("GET", "/readyz", .open, handler: readiness),
            Endpoint("GET", "/metrics", .readAll, handler: exposeMetrics),
            Endpoint("GET", "/v1/info", .read, handler: info),
        ]
    }

    @Sendable
    private func readiness(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard await storageHealth.isUp() else { throw HTTPError.storageUnavailable }
        let statistics = scheduler.statistics()
        guard statistics.workersIdle + statistics.workersBusy > 0 else {
            throw HTTPError.later("workers_unavailable", "No worker stands yet; try again later.", retryAfter: 1)
        }
        return try Self.state("ready")
    }

    @Sendable
    private func exposeMetrics(_ request: HTTPRequest) async throws -> HTTPResponse {
        let service = ServiceMetrics(
            version: configuration.version, storageKind: configuration.storageKind, startedAt: startedAt,
            storageUp: await storageHealth.isUp(), scheduler: scheduler.statistics(),
            storage: storage.pool.statistics, eventStreams: eventStreams.count, costs: configuration.costs)
        let format = MetricsFormat(accept: request.headers.all("Accept"))
        var response = HTTPResponse(
            contentType: format.contentType, text: metrics.text(service: service, format: format))
        response.headers["Vary"] = "Accept"
        return Self.fresh(response)
    }

    @Sendable
    private func info(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try Query(request)
        return Self.fresh(
            try .json(InfoDocument(configuration, scheduler.statistics(), startedAt: startedAt)))
    }

    private static func state(_ name: String) throws -> HTTPResponse { fresh(try .json(["status": name])) }

    /// An answer that no cache may keep.
    static func fresh(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        response.headers["Cache-Control"] = "no-store"
        return response
    }
}
