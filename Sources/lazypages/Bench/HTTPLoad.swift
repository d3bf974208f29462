import Foundation
import WorkerProtocol

/// What one measurement found.
struct LoadSample {
    /// Of the answers with a status of 2xx, in microseconds.
    private(set) var latencies: [UInt64] = []
    /// Other answers, and connections that broke or fell silent.
    var failures = 0
    /// Connections that broke.
    var broken = 0
    var duration = Duration.zero

    var requestsPerSecond: Double { Double(latencies.count) / max(duration / .seconds(1), 1e-9) }

    mutating func note(status: Int, latency: Duration) {
        if (200..<300).contains(status) {
            latencies.append(UInt64(clamping: latency.wholeMicroseconds))
        } else {
            failures += 1
        }
    }

    /// In microseconds; 0 without any answer.
    func percentile(_ share: Double) -> UInt64 {
        guard !latencies.isEmpty else { return 0 }
        return latencies.sorted()[min(latencies.count - 1, Int(Double(latencies.count) * share))]
    }
}

/// A load of connections that each wait for their answer before they ask again.
///
/// One thread drives them all: the load shares the machine with what it measures, and should take little of it.
enum HTTPLoad {
    /// How long all connections together may be silent, in milliseconds.
    private static let patience: Int32 = 30_000

    static func measure(_ target: LoadTarget, connections: Int, seconds: Double) throws -> LoadSample {
        let clients = try (0..<connections).map { _ in try LoadConnection(host: target.host, port: target.port) }
        return measure(clients, (0..<connections).map(target.request(connection:)), seconds: seconds)
    }

    /// Services on this machine. Connections and requests are dealt out in turn.
    static func measure(
        ports: [UInt16], connections: Int, seconds: Double, requests: [[UInt8]]
    ) throws -> LoadSample {
        let clients = try (0..<connections).map { number in
            try LoadConnection(host: "127.0.0.1", port: ports[number % ports.count])
        }
        return measure(clients, (0..<connections).map { requests[$0 % requests.count] }, seconds: seconds)
    }

    /// - Parameter requests: one for each connection.
    private static func measure(
        _ clients: [LoadConnection], _ requests: [[UInt8]], seconds: Double
    ) -> LoadSample {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var sample = LoadSample()
        let start = ContinuousClock.now
        var now = start
        var sockets = zip(clients, requests).map { client, request in
            pollfd(fd: client.send(request) ? client.descriptor : -1, events: Int16(POLLIN), revents: 0)
        }
        var waiting = sockets.count { $0.fd >= 0 }
        sample.broken = clients.count - waiting
        while waiting > 0 {
            let ready = poll(&sockets, nfds_t(sockets.count), patience)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else {
                sample.failures += waiting
                break
            }
            for index in sockets.indices where sockets[index].revents != 0 {
                let client = clients[index]
                switch client.receive(into: &buffer) {
                case .incomplete: continue
                case .broken: sample.broken += 1
                case .answered(let status):
                    now = .now
                    sample.note(status: status, latency: now - client.sentAt)
                    if now - start < .seconds(seconds) {
                        if client.send(requests[index]) { continue }
                        sample.broken += 1
                    }
                }
                // A negative descriptor is passed over by poll(2).
                sockets[index] = pollfd(fd: -1, events: 0, revents: 0)
                waiting -= 1
            }
        }
        sample.duration = now - start
        sample.failures += sample.broken
        return sample
    }
}
