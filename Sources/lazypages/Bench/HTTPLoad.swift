import Foundation
import Synchronization

/// What to request, again and again.
struct LoadTarget: Sendable {
    let host: String
    let port: UInt16
    /// The whole request of one connection.
    let request: @Sendable (Int) -> [UInt8]

    init(url: String, job: String?) throws {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host else {
            throw Failure(.usage, "\(url) is no http:// URL")
        }
        self.host = host
        port = UInt16(parts.port ?? 80)
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        request = { connection in
            let body = job.map { $0.replacing("{}", with: String(connection)) }
            let head = "\(body == nil ? "GET" : "POST") \(path) HTTP/1.1\r\nHost: \(host)\r\n"
            guard let body else { return Array("\(head)\r\n".utf8) }
            let fields = "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            return Array("\(head)\(fields)\(body)".utf8)
        }
    }
}

/// What one measurement found.
struct LoadSample: Sendable {
    var latencies: [UInt64] = []
    var failures = 0
    var seconds = 0.0

    var requestsPerSecond: Double { Double(latencies.count) / max(seconds, 1e-9) }

    /// In microseconds; 0 without any answer.
    func percentile(_ share: Double) -> UInt64 {
        guard !latencies.isEmpty else { return 0 }
        return latencies.sorted()[min(latencies.count - 1, Int(Double(latencies.count) * share))]
    }
}

/// A load of connections that each wait for their answer before they ask again.
enum HTTPLoad {
    static func measure(_ target: LoadTarget, connections: Int, seconds: Double) throws -> LoadSample {
        let clients = try (0..<connections).map { _ in try BlockingConnection(host: target.host, port: target.port) }
        let result = Mutex(LoadSample())
        let group = DispatchGroup()
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        for (number, client) in clients.enumerated() {
            group.enter()
            let thread = Thread {
                let sample = run(client, target.request(number), until: end)
                result.withLock {
                    $0.latencies += sample.latencies
                    $0.failures += sample.failures
                }
                group.leave()
            }
            thread.stackSize = 256 * 1024
            thread.start()
        }
        group.wait()
        let elapsed = ContinuousClock.now - start
        var sample = result.withLock { $0 }
        sample.seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        return sample
    }

    private static func run(
        _ client: BlockingConnection, _ request: [UInt8], until end: ContinuousClock.Instant
    ) -> LoadSample {
        var sample = LoadSample()
        var now = ContinuousClock.now
        while now < end {
            guard let status = client.exchange(request) else {
                sample.failures += 1
                break
            }
            let done = ContinuousClock.now
            let latency = (done - now).components
            sample.latencies.append(
                UInt64(latency.seconds) * 1_000_000 + UInt64(latency.attoseconds / 1_000_000_000_000))
            if !(200..<300).contains(status) { sample.failures += 1 }
            now = done
        }
        return sample
    }
}
