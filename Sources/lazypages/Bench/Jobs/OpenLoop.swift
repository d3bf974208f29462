import Foundation
import WorkerProtocol

/// A load whose requests come at their times, whether or not those before them are answered.
///
/// A request that finds no connection free waits for one, and its latency counts from the time it was to be sent at: a
/// service that stands still is seen in all the requests that came meanwhile.
enum OpenLoop {
    /// How long all connections together may be silent, in seconds.
    private static let patience = 30.0

    /// - Parameters:
    ///   - rate: arrivals per second, at random times (a Poisson process).
    ///   - requests: sent one after another, from the first again after the last.
    static func measure(
        port: UInt16, connections: Int, rate: Double, seconds: Double, requests: [[UInt8]]
    ) throws -> LoadSample {
        let clients = try (0..<connections).map { _ in try LoadConnection(host: "127.0.0.1", port: port) }
        var sockets = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        var arrivals = arrivals(rate: rate, seconds: seconds)[...]
        /// Of the requests under way: when they were to be sent.
        var due: [Double?] = Array(repeating: nil, count: connections)
        var free = Array(clients.indices)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var sample = LoadSample()
        var sent = 0
        let start = ContinuousClock.now
        var heard = 0.0
        func now() -> Double { (ContinuousClock.now - start) / .seconds(1) }

        while !arrivals.isEmpty || free.count < connections - sample.broken {
            while let next = arrivals.first, next <= now(), let client = free.popLast() {
                arrivals.removeFirst()
                due[client] = next
                if !clients[client].send(requests[sent % requests.count]) { lose(client) }
                sent += 1
            }
            let silence = now()
            guard sample.broken < connections, silence - max(heard, arrivals.first ?? 0) < patience else { break }
            // With no connection free, an answer comes before the next request.
            let pause = free.isEmpty ? 0.1 : min(0.1, max(0, (arrivals.first ?? .infinity) - silence))
            guard isReady(&sockets, within: pause) else { continue }
            for index in sockets.indices where sockets[index].revents != 0 {
                switch clients[index].receive(into: &buffer) {
                case .incomplete: continue
                case .broken: lose(index)
                case .answered(let status):
                    heard = now()
                    sample.note(status: status, latency: .seconds(heard - (due[index] ?? heard)))
                    due[index] = nil
                    free.append(index)
                }
            }
        }
        sample.failures += arrivals.count + due.count { $0 != nil }
        sample.duration = .seconds(max(seconds, heard))
        return sample

        /// A connection that is broken is not used again.
        func lose(_ client: Int) {
            sample.failures += 1
            sample.broken += 1
            due[client] = nil
            sockets[client].fd = -1
        }
    }

    /// poll(2) counts in milliseconds, which is too coarse for the time of the next arrival.
    private static func isReady(_ sockets: inout [pollfd], within seconds: Double) -> Bool {
        let milliseconds = Int32(seconds * 1000)
        if milliseconds == 0, seconds > 0 { usleep(min(100, useconds_t(seconds * 1_000_000))) }
        return poll(&sockets, nfds_t(sockets.count), milliseconds) > 0
    }

    /// Times in seconds from the start.
    private static func arrivals(rate: Double, seconds: Double) -> [Double] {
        var times: [Double] = []
        var time = 0.0
        while true {
            time -= log(Double.random(in: Double.leastNonzeroMagnitude...1)) / rate
            if time >= seconds { return times }
            times.append(time)
        }
    }
}
