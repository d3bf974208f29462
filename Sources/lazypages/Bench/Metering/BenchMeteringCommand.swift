import ArgumentParser
import Foundation
import WorkerProtocol

/// What metering costs.
struct BenchMeteringCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metering",
        abstract: "Time that metering takes, in both of its forms and in Wasmtime's own.",
        discussion: """
            Each program runs unmetered, in the fast and in the exact form, and with Wasmtime's fuel, in turn and after \
            its memory has been brought in. The columns are processor times relative to the unmetered program of the same \
            round: medians, and the middle half of them.
            """)

    @Option(help: "How often each measurement is made; median and quartiles count.")
    var rounds = 21

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    func run() throws {
        guard (1...10_000).contains(rounds) else { throw Failure(.usage, "--rounds: expected 1 to 10000") }
        let measurement = try MeteringMeasurement()
        if !json { print(MeteringRow.header) }
        let rows = try MeteringKernel.allCases.map { kernel in
            let row = try measurement.row(kernel, rounds: rounds)
            if !json { print(row.line) }
            fflush(nil)
            return row
        }
        if json { print(String(decoding: try JSONCoding.encode(rows), as: UTF8.self)) }
    }
}
