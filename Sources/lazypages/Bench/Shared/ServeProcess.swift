import Foundation
import PageStorage

/// A `lazypages serve` of this same executable, on a free port.
final class ServeProcess {
    let process: BenchProcess
    private(set) var port: UInt16 = 0
    private let log: String

    /// Returns at once: `waitUntilReady` is to be called before the port is used.
    /// - Parameters:
    ///   - options: further ones of `serve`.
    ///   - name: of its log in the folder.
    init(_ storage: StorageLocation, options: [String], name: String, in scratch: BenchScratch) throws {
        log = scratch("\(name)-\(UUID().uuidString).log")
        process = try BenchProcess(
            [
                "/proc/self/exe", "serve", "--host", "127.0.0.1", "--port", "0", "--cache", scratch("cache"),
                "--log-level", "warning",
            ] + options,
            // A command line is for everyone to read.
            environment: [Settings.variable("storage"): storage.text], log: log, in: scratch)
    }

    /// - Returns: false if it ended, or took too long.
    func waitUntilReady(within limit: Duration = .seconds(30)) -> Bool {
        let end = ContinuousClock.now + limit
        while .now < end {
            if isReady() { return true }
            if process.waitForEnd(within: .zero) != nil { return false }
            usleep(5000)
        }
        return false
    }

    /// Whether it has said that it is ready; then the port is known.
    func isReady() -> Bool {
        let line = /lazypages is ready at http:\/\/127\.0\.0\.1:(\d+)\/\n/
        guard let port = said.firstMatch(of: line).flatMap({ UInt16($0.1) }) else { return false }
        self.port = port
        return true
    }

    /// What it printed and logged.
    var said: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Its children, which run the jobs.
    var workers: [pid_t] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.number)/task")) ?? []
        return tasks.flatMap { task in
            let children = try? String(contentsOfFile: "/proc/\(process.number)/task/\(task)/children", encoding: .utf8)
            return (children ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// Asks it to stop, and insists if it does not.
    /// - Returns: whether it did so in order.
    @discardableResult
    func stop() -> Bool {
        process.send(SIGTERM)
        if let status = process.waitForEnd(within: .seconds(40)) { return status == 0 }
        process.send(SIGKILL)
        _ = process.waitForEnd(within: .seconds(10))
        return false
    }
}

extension ServeProcess {
    /// Starts a service and waits until it is ready.
    static func start(
        _ storage: StorageLocation, options: [String], in scratch: BenchScratch
    ) throws -> ServeProcess {
        let service = try ServeProcess(storage, options: options, name: "serve", in: scratch)
        guard service.waitUntilReady() else {
            throw Failure(.service, "the service does not start: \(service.said.suffix(1000))")
        }
        return service
    }
}
