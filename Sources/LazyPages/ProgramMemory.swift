import Pages

/// The program that is about to run, and its memory.
public struct ProgramMemory {
    /// Where the memory begins; nil for a program without memory.
    public var address: UInt?
    /// In Wasm pages.
    public var size: UInt32
    /// In Wasm pages: pages below it are never protected, charged, loaded or reported.
    public var stackEnd: UInt32?
    /// The program's part of the page key.
    public var key: [UInt8]
    /// Without it nothing is charged.
    public var gas: GasAccess?
    /// Exactly seven, in the order of `CostKind`.
    public var costs: [UInt64]
    /// Addresses of compiled code. A fault from there can be handed to the runtime's own handler, which ends the program
    /// at that instruction; a fault from elsewhere cannot.
    public var compiledCode: Range<UInt>

    public init(
        address: UInt?, size: UInt32, stackEnd: UInt32?, key: [UInt8], gas: GasAccess?, costs: [UInt64],
        compiledCode: Range<UInt> = 0..<0
    ) {
        self.address = address
        self.size = size
        self.stackEnd = stackEnd
        self.key = key
        self.gas = gas
        self.costs = costs
        self.compiledCode = compiledCode
    }
}

/// The engine's status of an execution.
public enum Status: Sendable {
    case normal, gasLimitExceeded
}

/// What one execution did, for reports and metrics.
public struct ExecutionCounters: Equatable, Sendable {
    public var readFaults: UInt64 = 0
    public var writeFaults: UInt64 = 0
    public var writeAfterReadFaults: UInt64 = 0
    public var pagesLoaded: UInt64 = 0
    public var bytesLoaded: UInt64 = 0
    public var handlerNanoseconds: UInt64 = 0

    public init() {}
}
