import Pages

/// An interval of program memory that a host function is about to read or write, in bytes.
public struct MemoryInterval: Equatable, Sendable {
    public var offset: UInt32
    public var size: UInt32

    public init(offset: UInt32, size: UInt32) {
        self.offset = offset
        self.size = size
    }
}

extension Execution {
    /// Processes reads first, then writes, unless the reads exhausted the gas. Without a counter nothing is charged.
    mutating func preProcess(
        reads: [MemoryInterval], writes: [MemoryInterval], left: UnsafeMutablePointer<UInt64>?
    ) throws(HostAccessError) {
        if let failure { throw .failed(failure) }
        faults.now = monotonicNanoseconds()
        for (intervals, isWrite) in [(reads, false), (writes, true)] where !intervals.isEmpty {
            let pages = try pages(of: intervals)
            do throws(AccessError) {
                try process(pages, AccessPolicy(isSignal: false, isWrite: isWrite), left: left)
            } catch {
                switch error {
                case .outOfMemoryBounds, .memoryAddressNotSet: throw .outOfBounds
                default:
                    failure = error
                    throw .failed(error)
                }
            }
            if status == .gasLimitExceeded { throw .gasLimitExceeded }
        }
    }

    /// The pages that the intervals touch, ascending, each once. An interval of zero bytes counts as one byte: memory
    /// implementations may look at the place all the same.
    private func pages(of intervals: [MemoryInterval]) throws(HostAccessError) -> [UInt32] {
        var numbers: Set<UInt32> = []
        for interval in intervals {
            let (last, overflow) = interval.offset.addingReportingOverflow(max(interval.size, 1) - 1)
            if overflow { throw .outOfBounds }
            guard Int(last) < size else { throw .outOfBounds }
            numbers.formUnion(interval.offset / UInt32(sizes.gear)...last / UInt32(sizes.gear))
        }
        return numbers.sorted()
    }
}
