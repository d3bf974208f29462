import Foundation
import Fuzzing
import PageStorage
import Synchronization

/// Servers that share a storage, and what is done to them.
final class ChaosServers {
    /// Where clients find them.
    let ports: ChaosPorts
    /// Those that did not stop in order when asked to.
    private(set) var disorderlyStops: [String] = []
    private let storage: StorageLocation
    private let options: [String]
    private let scratch: BenchScratch
    private var servers: [ServeProcess?]

    /// - Parameter options: further ones of `serve`.
    init(_ count: Int, on storage: StorageLocation, options: [String], in scratch: BenchScratch) throws {
        (self.storage, self.options, self.scratch) = (storage, options, scratch)
        ports = ChaosPorts(count)
        servers = Array(repeating: nil, count: count)
        for number in 0..<count { try start(number) }
    }

    var count: Int { servers.count }

    /// Starts a server that does not run. It tries again until the storage is there.
    func start(_ number: Int) throws {
        guard servers[number] == nil else { return }
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let server = try ServeProcess(storage, options: options, name: "server-\(number)", in: scratch)
            if server.waitUntilReady() {
                servers[number] = server
                ports[number] = server.port
                return
            }
            guard .now < end else { throw Failure(.service, "a server does not start: \(server.said.suffix(2000))") }
            usleep(200_000)
        }
    }

    func kill(_ number: Int) {
        guard let server = servers[number] else { return }
        ports[number] = nil
        server.process.send(SIGKILL)
        _ = server.process.waitForEnd(within: .seconds(10))
        servers[number] = nil
    }

    /// Asks it to stop, as an operator would.
    func stop(_ number: Int) {
        guard let server = servers[number] else { return }
        if !server.stop() { disorderlyStops.append(String(server.said.suffix(500))) }
        ports[number] = nil
        servers[number] = nil
    }

    /// The server's process, or that of one of its workers.
    func processes(_ number: Int, _ part: ChaosPart, _ random: inout RandomSource) -> [pid_t] {
        guard let server = servers[number] else { return [] }
        let workers = server.workers
        switch part {
        case .server: return [server.process.number]
        case .worker: return workers.isEmpty ? [] : [random.pick(workers)]
        case .whole: return [server.process.number] + workers
        }
    }

    /// What the servers logged, the last of each.
    var logs: String {
        servers.compactMap { $0?.said.suffix(1000) }.joined(separator: "\n")
    }
}

/// What of a server a fault strikes.
enum ChaosPart: CaseIterable {
    case server, worker, whole
}

/// The servers' ports as they are now. Shared by all clients.
final class ChaosPorts: Sendable {
    private let ports: Mutex<[UInt16?]>

    init(_ count: Int) { ports = Mutex(Array(repeating: nil, count: count)) }

    /// Nil while the server does not run.
    subscript(number: Int) -> UInt16? {
        get { ports.withLock { $0[number] } }
        set { ports.withLock { $0[number] = newValue } }
    }

    /// One of those that run.
    func any() -> UInt16? { ports.withLock { $0.compactMap(\.self).randomElement() } }
}
