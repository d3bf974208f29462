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
    /// Those that are not ready yet.
    private var starting: [Int: ServeProcess] = [:]

    /// - Parameter options: further ones of `serve`.
    init(_ count: Int, on storage: StorageLocation, options: [String], in scratch: BenchScratch) throws {
        (self.storage, self.options, self.scratch) = (storage, options, scratch)
        ports = ChaosPorts(count)
        servers = Array(repeating: nil, count: count)
        try startAll()
    }

    var count: Int { servers.count }

    /// Starts those that do not run, and returns when they all do.
    func startAll() throws {
        let end = ContinuousClock.now + .seconds(60)
        for number in servers.indices { try begin(number) }
        while servers.contains(where: { $0 == nil }) {
            guard .now < end else { throw Failure(.service, "servers do not start: \(logs)") }
            try advance()
            usleep(10_000)
        }
    }

    /// Starts a server that does not run; `advance` notices when it is ready.
    func begin(_ number: Int) throws {
        guard servers[number] == nil, starting[number] == nil else { return }
        starting[number] = try ServeProcess(storage, options: options, name: "server-\(number)", in: scratch)
    }

    /// Looks after servers that are being started: without a storage they end, and are started again.
    func advance() throws {
        for (number, server) in starting {
            if server.isReady() {
                servers[number] = server
                ports[number] = server.port
            } else if server.process.waitForEnd(within: .zero) == nil {
                continue
            }
            starting[number] = nil
            try begin(number)
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

    /// Waits until a worker computes, and has for a while: mostly it waits for the database.
    /// - Returns: its server; nil if the time was over before.
    func awaitComputingWorker(of numbers: Range<Int>, within limit: Duration) -> Int? {
        let workers = numbers.flatMap { number in (servers[number]?.workers ?? []).map { (number, $0) } }
        var looks: [pid_t: Int] = [:]
        let end = ContinuousClock.now + limit
        while .now < end {
            for (number, worker) in workers {
                looks[worker] = Self.isComputing(worker) ? looks[worker, default: 0] + 1 : 0
                if looks[worker, default: 0] > 4 { return number }
            }
            usleep(3000)
        }
        return nil
    }

    /// The sums of counters of all servers, by their names; nil if one does not answer.
    func counters(_ names: [String]) -> [String: Double]? {
        var sums: [String: Double] = [:]
        for server in servers {
            guard let server else { return nil }
            let answer = BenchClient(port: server.port).send(BenchRequest(path: "/metrics"), within: .seconds(10))
            guard let answer, answer.status == 200 else { return nil }
            for line in String(decoding: answer.body, as: UTF8.self).split(separator: "\n") {
                let parts = line.split(separator: " ")
                guard parts.count == 2, names.contains(String(parts[0])) else { continue }
                sums[String(parts[0]), default: 0] += Double(parts[1]) ?? 0
            }
        }
        return sums
    }

    /// The state follows the name, which is in brackets (proc(5)).
    private static func isComputing(_ process: pid_t) -> Bool {
        let line = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return line?.contains(") R ") ?? false
    }

    /// How often a server of those that run noticed that its lease had run out.
    var lostLeases: Int {
        servers.reduce(0) { $0 + (($1?.said.components(separatedBy: "lease has run out").count ?? 1) - 1) }
    }

    /// What the servers logged, the last of each.
    var logs: String {
        (servers.compactMap(\.self) + starting.values).map { $0.said.suffix(1000) }.joined(separator: "\n")
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
