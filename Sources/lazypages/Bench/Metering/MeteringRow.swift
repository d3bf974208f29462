import Foundation

/// One line of the result: a program, and how long each variant takes relative to the unmetered one.
struct MeteringRow: Codable {
    let kernel: MeteringKernel
    let unmeteredMilliseconds: Quartiles
    // Ratios of calls made right after each other.
    let fast: Quartiles
    let exact: Quartiles
    let fuel: Quartiles

    /// - Parameter samples: nanoseconds of each variant, by round.
    init(_ kernel: MeteringKernel, samples: [[MeteringVariant: Double]]) {
        func times(_ variant: MeteringVariant) -> [Double] { samples.compactMap { $0[variant] } }
        func ratio(_ variant: MeteringVariant) -> Quartiles {
            Quartiles(zip(times(variant), times(.unmetered)).map { $0 / $1 })
        }
        self.kernel = kernel
        unmeteredMilliseconds = Quartiles(times(.unmetered).map { $0 / 1_000_000 })
        (fast, exact, fuel) = (ratio(.fast), ratio(.exact), ratio(.fuel))
    }

    static let header =
        "kernel           unmetered ms"
        + ["fast", "exact", "fuel"].map { "\(String(repeating: " ", count: 8 - $0.count))\($0)   middle half" }.joined()

    var line: String {
        let ratios = [fast, exact, fuel].map {
            String(format: "%8.2f   %5.2f-%-5.2f", $0.median, $0.lower, $0.upper)
        }
        let name = kernel.rawValue.padding(toLength: 17, withPad: " ", startingAt: 0)
        return String(format: "%@%12.2f", name, unmeteredMilliseconds.median) + ratios.joined()
    }
}
