import ArgumentParser
import Foundation

/// Measurements of a running service.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures a running service.", subcommands: [BenchHTTPCommand.self])
}

/// Requests per second and latencies over HTTP.
struct BenchHTTPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http",
        abstract: "Requests per second and latencies, for a path or for a committed job.",
        discussion: """
            Each connection sends its next request when the last one is answered. With --baseline the two URLs are \
            measured in turn, and the table says the ratio: figures of one machine mean little by themselves.

              lazypages bench http http://127.0.0.1:8080/healthz --connections 1,32,256
              lazypages bench http http://127.0.0.1:8080/v1/jobs --job '{"program": "counter-{}", "entry": "add", "args": [1]}'
            """)

    @Argument(help: "What to request: http://HOST:PORT/PATH.")
    var url: String

    @Option(help: "Post this job instead of getting the URL; {} in it is the connection's number, from 0.")
    var job: String?

    @Option(help: "Numbers of connections, separated by commas.")
    var connections = "1,32,256"

    @Option(help: "How long each measurement lasts, in seconds.")
    var seconds = 3.0

    @Option(help: "How often each measurement is made; the median counts.")
    var rounds = 3

    @Option(help: "A second URL to GET in turn with the first.")
    var baseline: String?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    func run() throws {
        let counts = try connectionCounts()
        let target = try LoadTarget(url: url, job: job)
        let other = try baseline.map { try LoadTarget(url: $0, job: nil) }
        var rows: [BenchRow] = []
        for count in counts {
            var (samples, otherSamples): ([LoadSample], [LoadSample]) = ([], [])
            for _ in 0..<max(1, rounds) {
                samples.append(try HTTPLoad.measure(target, connections: count, seconds: seconds))
                if let other {
                    otherSamples.append(try HTTPLoad.measure(other, connections: count, seconds: seconds))
                }
            }
            rows.append(BenchRow(connections: count, samples: samples, baseline: otherSamples))
            if !json { print(rows.count == 1 ? BenchRow.header + "\n" + rows[0].line : rows[rows.count - 1].line) }
            fflush(nil)
        }
        if json { print(String(decoding: try JSONEncoder().encode(rows), as: UTF8.self)) }
    }

    private func connectionCounts() throws -> [Int] {
        let counts = connections.split(separator: ",").compactMap { Int($0) }
        guard !counts.isEmpty, counts.allSatisfy({ (1...4096).contains($0) }) else {
            throw Failure(.usage, "--connections \(connections): expected numbers from 1 to 4096, separated by commas")
        }
        return counts
    }
}
