import Foundation
import Synchronization
import TestSupport
import Testing

/// A running `lazypages serve` with a storage and a cache of its own.
final class TestService: Sendable {
    let storage: TestStorage
    private let folder: TestFolder
    private let arguments: [String]
    /// What starts the command, before its own path.
    private let launcher: [String]
    private let environment: [String: String]
    private let started: Mutex<Started?>

    private struct Started {
        let process: ChildProcess
        let port: UInt16
        let client: Client
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(
        on storage: TestStorage, workers: Int, options: [String], environment: [String: String], launcher: [String]
    ) async throws {
        self.storage = storage
        (self.environment, self.launcher) = (environment, launcher)
        folder = try TestFolder()
        arguments =
            [
                "serve", "--port", "0", "--storage", storage.location, "--cache", folder("cache"), "--workers",
                String(workers),
            ] + options
        started = Mutex(nil)
        try await start()
    }

    // MARK: Using it

    var process: ChildProcess { get throws { try current.process } }
    var port: UInt16 { get throws { try current.port } }
    /// The service's own test client; more than one request at a time takes more of them.
    var client: Client { get throws { try current.client } }
    func makeClient() throws -> Client { try Client(port: try port) }

    /// What it has logged since its last start.
    var log: String { (try? current.process.errors) ?? "" }

    /// The processes that run its jobs.
    func workers() throws -> [pid_t] { ProcessTable.children(of: try process.number) }

    func info() async throws -> InfoDocument { try await client.get("/v1/info") }

    func metrics() async throws -> MetricSamples { MetricSamples(try await client.get("/metrics").text) }

    /// Whether it is ready and so many workers have nothing to do.
    func isIdle(workers: Int) async throws -> Bool {
        guard try await client.get("/readyz").status == 200 else { return false }
        return try await info().workers == InfoDocument.Workers(idle: workers, busy: 0, starting: 0)
    }

    private var current: Started {
        get throws {
            guard let started = started.withLock({ $0 }) else { throw Failure(description: "the service is stopped") }
            return started
        }
    }

    // MARK: Starting and stopping

    /// Starts it again on the same storage.
    func start() async throws {
        let process = try ChildProcess(
            launcher + [Executable.path] + arguments, environment: environment, folder: folder.path)
        let isSettled = await eventually { process.output.contains("\n") || process.ended != nil }
        guard isSettled, let port = Self.port(in: process.output) else {
            throw Failure(description: "the service does not start: \(process.output)\(process.errors)")
        }
        let client = try Client(port: port)
        started.withLock { $0 = Started(process: process, port: port, client: client) }
    }

    /// `lazypages is ready at http://127.0.0.1:PORT/`
    private static func port(in output: String) -> UInt16? {
        guard let match = output.firstMatch(of: /^lazypages is ready at http:\/\/127\.0\.0\.1:(\d+)\/\n/) else {
            return nil
        }
        return UInt16(match.1)
    }

    /// Asks it to stop, and expects that it does so in order.
    func stop(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let process = try process
        let workers = try workers()
        process.send(SIGTERM)
        let end = try await process.waitForEnd()
        #expect(end == .exited(0), "\(process.errors.suffix(2000))", sourceLocation: sourceLocation)
        #expect(!workers.contains(where: ProcessTable.isRunning), sourceLocation: sourceLocation)
        started.withLock { $0 = nil }
    }

    /// Ends it as if its machine had failed.
    /// - Returns: the workers that it had.
    func kill() async throws -> [pid_t] {
        let process = try process
        let workers = try workers()
        process.send(SIGKILL)
        #expect(try await process.waitForEnd() == .killed(signal: SIGKILL))
        started.withLock { $0 = nil }
        return workers
    }

    /// Stops it if it runs.
    fileprivate func finish() async throws {
        if started.withLock({ $0 != nil }) { try await stop() }
    }
}

/// Runs a test with a service, which must then stop in order.
/// - Parameters:
///   - options: of `serve`, beside storage, cache, port and workers.
///   - environment: added to that of this process.
///   - launcher: a command that starts the service in its place.
func withService(
    on storage: TestStorage, workers: Int = 2, options: [String] = [], environment: [String: String] = [:],
    launcher: [String] = [], _ body: (TestService) async throws -> Void
) async throws {
    let service = try await TestService(
        on: storage, workers: workers, options: options, environment: environment, launcher: launcher)
    do {
        try await body(service)
    } catch {
        print("log of the service:\n\(service.log.suffix(4000))")
        throw error
    }
    try await service.finish()
}

func withService(
    on kind: StorageKind, workers: Int = 2, options: [String] = [], _ body: (TestService) async throws -> Void
) async throws {
    try await withService(on: try TestStorage(kind), workers: workers, options: options, body)
}
