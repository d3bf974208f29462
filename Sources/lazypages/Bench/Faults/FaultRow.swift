import Foundation

/// One line of the result: faults of one kind, so many in one execution, in the engine and in the plain C loop.
struct FaultRow: Codable {
    let kind: FaultKind
    let pages: Int
    let engineMicroseconds: Quartiles
    let baselineMicroseconds: Quartiles
    /// Engine to baseline, of measurements made right after each other.
    let ratio: Quartiles

    /// - Parameter samples: nanoseconds a fault.
    init(_ kind: FaultKind, pages: Int, samples: [(engine: Double, baseline: Double)]) {
        self.kind = kind
        self.pages = pages
        engineMicroseconds = Quartiles(samples.map { $0.engine / 1000 })
        baselineMicroseconds = Quartiles(samples.map { $0.baseline / 1000 })
        ratio = Quartiles(samples.map { $0.engine / $0.baseline })
    }

    static let header = "kind                pages    engine µs        C µs    engine/C   middle half"

    var line: String {
        String(
            format: "%@ %7d %12.2f %11.2f %11.3f   %.3f-%.3f",
            kind.rawValue.padding(toLength: 17, withPad: " ", startingAt: 0), pages, engineMicroseconds.median,
            baselineMicroseconds.median, ratio.median, ratio.lower, ratio.upper)
    }
}
