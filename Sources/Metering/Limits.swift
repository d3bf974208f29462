/// Wasmtime's limits on a module, less what the metering adds.
enum Limits {
    /// Locals and parameters of a function; the forms add up to two.
    static let localCount = 50_000 - 2
    /// Bytes of a function's body.
    static let bodySize = 7_654_321
    /// Results of a type, and parameters of a block: a branch moves them all, and costs the same however many.
    static let valueCount = 32
    /// Control blocks in each other: to compile them takes time by the square of their number.
    static let nesting = 5000
    /// Types, functions, globals or exports of a module.
    static let entryCount = 1_000_000
}
