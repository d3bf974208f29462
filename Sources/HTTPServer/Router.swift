/// Finds who answers a request, and turns every failure into a problem document.
public struct Router: Sendable {
    private var root = Node()

    /// - Parameter routes: a bad or repeated pattern is a mistake of the program and stops it.
    public init(routes: [Route]) {
        for route in routes {
            let segments = Self.segments(of: route.pattern)
            root.insert(route, at: segments[...], names: [])
        }
    }

    /// The response of the route that the request's method and path name.
    ///
    /// 404 `not_found` for an unknown path and 405 `method_not_allowed` with `Allow` for a wrong method; an
    /// ``HTTPError`` that the handler throws becomes its problem document, any other error 500 `internal_error`
    /// that tells nothing of its inside.
    public func respond(to request: HTTPRequest) async -> HTTPResponse {
        await answer(request, with: match(request)).response
    }

    /// A route that fits a request, with what its pattern's parameters stand for; or why there is none.
    typealias Match = Result<(route: Route, parameters: [String: String]), HTTPError>

    /// A response and what the log should know beside it.
    struct Answer {
        var response: HTTPResponse
        var pattern: String?
        /// What a handler threw that its client is not told.
        var failure: (any Error)?
    }

    func answer(_ request: HTTPRequest, with match: Match) async -> Answer {
        var pattern: String?
        do {
            let match = try match.get()
            pattern = match.route.pattern
            var request = request
            request.parameters = match.parameters
            request.body.limit = match.route.bodyLimit
            return Answer(response: try await match.route.handler(request), pattern: pattern)
        } catch let error as HTTPError {
            return Answer(response: error.response(requestID: request.requestID), pattern: pattern)
        } catch is CancellationError {
            return Answer(response: HTTPError.shuttingDown.response(requestID: request.requestID), pattern: pattern)
        } catch {
            return Answer(
                response: HTTPError.internalError.response(requestID: request.requestID), pattern: pattern,
                failure: error)
        }
    }

    func match(_ request: HTTPRequest) -> Match {
        var values: [String] = []
        guard let endpoints = root.find(request.segments[...], &values) else {
            return .failure(HTTPError(status: 404, code: "not_found", detail: "There is nothing at this path."))
        }
        let endpoint = endpoints[request.method] ?? (request.method == "HEAD" ? endpoints["GET"] : nil)
        guard let endpoint else {
            var methods = Set(endpoints.keys)
            if methods.contains("GET") { methods.insert("HEAD") }
            let allowed = methods.sorted().joined(separator: ", ")
            return .failure(
                HTTPError(
                    status: 405, code: "method_not_allowed", detail: "This path allows \(allowed).",
                    headers: ["Allow": allowed]))
        }
        return .success((endpoint.route, Dictionary(uniqueKeysWithValues: zip(endpoint.names, values))))
    }

    private static func segments(of pattern: String) -> [Segment] {
        precondition(pattern.hasPrefix("/"), "the pattern \(pattern) must start with a slash")
        return pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { text in
            guard text.contains(where: { $0 == "{" || $0 == "}" }) else { return .literal(String(text)) }
            let name = text.dropFirst().dropLast()
            precondition(
                text.hasPrefix("{") && text.hasSuffix("}") && !name.isEmpty
                    && !name.contains { $0 == "{" || $0 == "}" },
                "a segment of the pattern \(pattern) must be literal or {name}")
            return .parameter(String(name))
        }
    }
}

private enum Segment {
    case literal(String)
    case parameter(String)
}

private struct Endpoint {
    var route: Route
    /// Of the pattern's parameters, in order.
    var names: [String]
}

/// All patterns that begin with the same segments.
private struct Node {
    private var literals: [String: Node] = [:]
    /// At most one element: an array, as a struct cannot hold itself.
    private var parameter: [Node] = []
    private var endpoints: [String: Endpoint] = [:]

    mutating func insert(_ route: Route, at segments: ArraySlice<Segment>, names: [String]) {
        switch segments.first {
        case .literal(let text):
            literals[text, default: Node()].insert(route, at: segments.dropFirst(), names: names)
        case .parameter(let name):
            precondition(!names.contains(name), "the pattern \(route.pattern) names \(name) twice")
            if parameter.isEmpty { parameter.append(Node()) }
            parameter[0].insert(route, at: segments.dropFirst(), names: names + [name])
        case nil:
            precondition(endpoints[route.method] == nil, "two routes for \(route.method) \(route.pattern)")
            endpoints[route.method] = Endpoint(route: route, names: names)
        }
    }

    /// The endpoints of the pattern that fits; a literal segment wins over a parameter.
    func find(_ segments: ArraySlice<String>, _ values: inout [String]) -> [String: Endpoint]? {
        guard let segment = segments.first else { return endpoints.isEmpty ? nil : endpoints }
        if let found = literals[segment]?.find(segments.dropFirst(), &values) { return found }
        // An empty segment is a slash too many, not a name.
        guard let parameter = parameter.first, !segment.isEmpty else { return nil }
        values.append(segment)
        if let found = parameter.find(segments.dropFirst(), &values) { return found }
        values.removeLast()
        return nil
    }
}
