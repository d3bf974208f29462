/// What host functions cost in gas, beside the pages that they touch. A unit is about a nanosecond, as in ``Weights``.
///
/// A call from WebAssembly to the host and back takes half a microsecond, and announcing memory as long again.
public struct HostWeights: Sendable {
    /// A fact of the job is asked for.
    public let context: UInt64 = 1_000
    /// A part of the job's payload is read.
    public let input: UInt64 = 1_000
    /// Bytes are added to a message or a reply.
    public let push: UInt64 = 1_000
    /// A message or a reply is begun or sent.
    public let message: UInt64 = 2_000
    /// Pages are allocated or freed.
    public let memory: UInt64 = 2_000
    public let random: UInt64 = 2_000
    public let log: UInt64 = 2_000
    /// The program ends.
    public let end: UInt64 = 1_000
    /// A function that is not served.
    public let unsupported: UInt64 = 1_000
    /// Each byte that a function reads, writes or copies.
    public let byte: UInt64 = 1
    /// Each WebAssembly page by which memory grows.
    public let page: UInt64 = 100
}
