import Metering

/// A way to bound how long a program runs, or none.
enum MeteringVariant: String, CaseIterable {
    case unmetered, fast, exact
    /// Wasmtime's own: a counter that the compiler keeps. It charges one for most instructions, and knows no pages.
    case fuel

    func binary(_ module: [UInt8]) throws -> [UInt8] {
        switch self {
        case .unmetered, .fuel: module
        case .fast: try Self.metered(module, .fast)
        case .exact: try Self.metered(module, .exact)
        }
    }

    private static func metered(_ module: [UInt8], _ form: MeteringForm) throws -> [UInt8] {
        guard case .metered(let metered) = try meter(module, form: form) else {
            throw Failure(.service, "a program to measure meters itself")
        }
        return metered.binary
    }
}
