import ArgumentParser
import Foundation
import WorkerProtocol

/// Measurements, each against a baseline of the same run.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures services, page faults and metering; strikes services and looks what becomes of jobs.",
        subcommands: [
            BenchHTTPCommand.self, BenchJobsCommand.self, BenchFaultsCommand.self, BenchMeteringCommand.self,
            BenchChaosCommand.self,
        ])
}

/// Requests per second and latencies over HTTP.
struct BenchHTTPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http",
        abstract: "Requests per second and latencies, for a path or for a job.",
        discussion: """
            Each connection sends its next request when the last one is answered; only answers with a status of 2xx \
            count. With --baseline the two URLs are measured in turn, and the table says the ratio: figures of one \
            machine mean little by themselves.

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
        let counts = try CommandLineNumbers.list(connections, "connections", in: 1...4096)
        guard (0.1...3600).contains(seconds) else { throw Failure(.usage, "--seconds: expected 0.1 to 3600") }
        guard (1...1000).contains(rounds) else { throw Failure(.usage, "--rounds: expected 1 to 1000") }
        let target = try LoadTarget(url: url, job: job)
        let other = try baseline.map { try LoadTarget(url: $0, job: nil) }
        if !json { print(BenchRow.header) }
        let rows = try counts.map { count in
            let row = try measure(target, other, connections: count)
            if !json { print(row.line) }
            fflush(nil)
            return row
        }
        if json { print(String(decoding: try JSONCoding.encode(rows), as: UTF8.self)) }
    }

    private func measure(_ target: LoadTarget, _ other: LoadTarget?, connections: Int) throws -> BenchRow {
        var (samples, otherSamples): ([LoadSample], [LoadSample]) = ([], [])
        for _ in 0..<rounds {
            samples.append(try HTTPLoad.measure(target, connections: connections, seconds: seconds))
            if let other {
                otherSamples.append(try HTTPLoad.measure(other, connections: connections, seconds: seconds))
            }
        }
        return BenchRow(connections: connections, samples: samples, baseline: otherSamples)
    }
}
