import HTTPServer
import PageStorage
import Scheduler

/// What jobs came to lately, for dashboards that speak JSON.
extension API {
    var statsEndpoints: [Endpoint] { [Endpoint("GET", "/v1/stats", .read, handler: showStats)] }

    @Sendable
    private func showStats(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        let query = try Query(request, known: ["program"])
        let program = try query.program()
        var document: StatsDocument
        if let program {
            guard caller.sees(program), try await isThere(program) else { throw HTTPError.programNotFound(program) }
            let statistics = metrics.statistics.windows(of: program)
            document = StatsDocument(statistics.windows, scheduler.statistics(), costs: configuration.costs)
            document.program = program
            document.hottestPages = statistics.hottestPages
        } else {
            guard caller.programs == nil else { throw HTTPError.isAboutAllPrograms }
            document = StatsDocument(
                metrics.statistics.windows(), scheduler.statistics(), costs: configuration.costs)
        }
        return Self.fresh(try .json(document))
    }

    private func isThere(_ program: String) async throws(HTTPError) -> Bool {
        try await storage { (storage) throws(StorageError) in try storage.programInterface(id: program) } != nil
    }
}
