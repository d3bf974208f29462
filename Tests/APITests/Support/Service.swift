import Callbacks
import Foundation
import HTTPServer
import Logging
import PageStorage
import Pages
import Testing
import WorkerProtocol

@testable import API

/// The API over a scheduler that the test plays and an SQLite file of its own, asked through the router.
struct Service: Sendable {
    let scheduler = FakeScheduler()
    let storage: StoragePool
    let metrics: Metrics
    let api: API
    let usage: UsageKeeper?
    private let router: Router
    private let folder: TemporaryFolder
    /// What requests have as their token.
    private var token: String?

    init(
        limits: APIConfiguration.Limits = .init(), events: APIConfiguration.Events = .init(),
        callbacks: CallbackPolicy = .init(), tokens: TokenKeeper? = nil, logger: Logger = .silent,
        now: @escaping @Sendable () -> Timestamp = Timestamp.now, metrics: Metrics = Metrics()
    ) async throws {
        let folder = TemporaryFolder()
        try self.init(
            folder, folder.storage(), limits: limits, events: events, callbacks: callbacks, tokens: tokens,
            logger: logger, now: now, metrics: metrics)
        try await storage.withStorage { (storage) throws(StorageError) in try storage.migrate() }
    }

    /// Another server on the same storage, with a scheduler of its own.
    init(
        sharing other: Service, tokens: TokenKeeper? = nil, now: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) throws {
        try self.init(other.folder, other.storage, tokens: tokens, now: now)
    }

    /// A service whose storage cannot be opened.
    static func withoutStorage(tokens: TokenKeeper? = nil) throws -> Service {
        let folder = TemporaryFolder()
        let service = try Service(folder, folder.storage("missing/folder/db"), tokens: tokens)
        service.scheduler.state.withLock { $0.outage = .unavailable("gone") }
        return service
    }

    private init(
        _ folder: TemporaryFolder, _ storage: StoragePool, limits: APIConfiguration.Limits = .init(),
        events: APIConfiguration.Events = .init(), callbacks: CallbackPolicy = .init(), tokens: TokenKeeper? = nil,
        logger: Logger = .silent, now: @escaping @Sendable () -> Timestamp = Timestamp.now,
        metrics: Metrics = Metrics()
    ) throws {
        self.folder = folder
        self.storage = storage
        self.metrics = metrics
        let costs = try #require(PageCosts([1, 2, 3, 4, 5, 6, 7]))
        var configuration = APIConfiguration(
            version: "1.2.3", storageKind: "sqlite", costs: costs, weightsVersion: 3, limits: limits)
        configuration.events = events
        configuration.callbacks = callbacks
        usage = tokens.map { UsageKeeper(storage: storage, tokens: $0, logger: logger, now: now) }
        api = API(
            scheduler: scheduler, storage: storage, metrics: metrics, configuration: configuration,
            tokens: tokens, usage: usage, logger: logger)
        router = Router(routes: api.routes)
    }

    /// The same service, asked with a token.
    func bearing(_ token: String?) -> Service {
        var service = self
        service.token = token
        return service
    }

    func call(
        _ method: String, _ target: String, _ body: [UInt8] = [], type: String? = nil, headers: HTTPHeaders = [:]
    ) async throws -> Answer {
        let response = await respond(method, target, body, type: type, headers: headers)
        guard case .bytes(let bytes) = response.body else { throw UnexpectedStream() }
        return Answer(status: response.status, headers: response.headers, body: bytes)
    }

    func respond(
        _ method: String, _ target: String, _ body: [UInt8] = [], type: String? = nil, headers: HTTPHeaders = [:]
    ) async -> HTTPResponse {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        let path = parts[0]
        let query = parts.dropFirst().first?.split(separator: "&").map { item in
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: Self.decoded(pair[0]), value: Self.decoded(pair.dropFirst().first ?? ""))
        }
        var headers = headers
        headers["Content-Type"] = type
        if let token { headers["Authorization"] = "Bearer \(token)" }
        let request = HTTPRequest(
            method: method, path: path,
            segments: path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(Self.decoded),
            query: query ?? [], headers: headers, requestID: "request-1", body: HTTPBody(body))
        return await router.respond(to: request)
    }

    func get(_ target: String, headers: HTTPHeaders = [:]) async throws -> Answer {
        try await call("GET", target, headers: headers)
    }

    func post(_ target: String, json: JSONValue, headers: HTTPHeaders = [:]) async throws -> Answer {
        try await call("POST", target, try json.sortedBytes, type: "application/json", headers: headers)
    }

    /// A program with the sample module.
    @discardableResult
    func upload(_ id: String) async throws -> Answer {
        try await call("POST", "/v1/programs?id=\(id)", Array("module".utf8), type: "application/wasm")
    }

    /// Stores a job that ended.
    func store(_ job: Job) async throws {
        let record = job.record
        scheduler.state.withLock { $0.jobs[job.id] = .ended(record) }
        try await storage.withStorage { (storage) throws(StorageError) in _ = try storage.recordJob(record) }
    }

    private static func decoded(_ text: Substring) -> String { text.removingPercentEncoding ?? String(text) }

    struct UnexpectedStream: Error {}
}

/// A response, read.
struct Answer {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    var json: JSONValue { get throws { try JSONValue(parsing: body) } }

    /// Status and code of a problem document; records an issue if it is none, or its code is not in the contract.
    func problem(_ location: SourceLocation = #_sourceLocation) throws -> Problem {
        #expect(headers["Content-Type"]?.hasPrefix("application/problem+json") == true, sourceLocation: location)
        let json = try json
        #expect(json["status"] == .number(.integer(Int64(status))), sourceLocation: location)
        #expect(json["request_id"] == "request-1", sourceLocation: location)
        let code = json["code"]?.string ?? ""
        let contract = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        #expect(contract.contains("        - \(code)\n"), sourceLocation: location)
        return Problem(status, code)
    }

    /// The pointers of a problem's `errors`, in order.
    var pointers: [String] { get throws { try json["errors"]?.elements.compactMap { $0["pointer"]?.string } ?? [] } }
}

struct Problem: Equatable {
    var status: Int
    var code: String

    init(_ status: Int, _ code: String) {
        self.status = status
        self.code = code
    }
}

/// A folder that goes with its last user.
final class TemporaryFolder: Sendable {
    private let url: URL

    init() {
        url = FileManager.default.temporaryDirectory.appending(path: "lazypages-api-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func storage(_ name: String = "lazypages.db") -> StoragePool {
        StoragePool(location: .sqlite(path: path(name)), connections: 2)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
