/// What host functions cost in gas, beside the pages that they touch. A unit is about a nanosecond, as in ``Weights``.
///
/// A call from WebAssembly to the host and back, with the memory that is announced, takes about a microsecond.
public struct HostWeights: Sendable {
    /// A fact of the job is asked for.
    public let context: UInt64 = 1_200
    /// A part of the job's payload is read.
    public let input: UInt64 = 2_000
    /// Bytes are added to a message or a reply.
    public let push: UInt64 = 2_000
    /// A message or a reply is begun or sent.
    public let message: UInt64 = 4_000
    /// Pages are allocated or freed.
    public let memory: UInt64 = 2_500
    /// A hash is computed.
    public let random: UInt64 = 3_500
    public let log: UInt64 = 1_500
    /// The program ends.
    public let end: UInt64 = 1_000
    /// A function that is not served.
    public let unsupported: UInt64 = 1_200
    /// Each byte that a function reads, writes or copies. More than copying takes: what a program sends or says is also
    /// written into the job's answer, and stored.
    public let byte: UInt64 = 1
    /// Each WebAssembly page by which memory grows.
    public let page: UInt64 = 100
}
