import Pages

/// A page that an access found closed: an instruction faulted on it, or a host function announced it.
public struct PageFault: Equatable, Sendable {
    public enum Kind: UInt8, Sendable {
        case read, write, writeAfterRead
    }

    public let page: PageNumber
    public let kind: Kind
    /// Whether it was an instruction, and not a host function.
    public let isSignal: Bool
    /// Since the execution began.
    public let nanoseconds: UInt64
}

/// The first faults of an execution, in their order: as many as a person looks through. The memory for them is there before
/// the program starts, since the fault handler must not allocate.
struct FaultLog: ~Copyable {
    static let capacity = 256

    private let entries: UnsafeMutablePointer<PageFault>
    private var count = 0
    /// On the monotonic clock, in nanoseconds.
    private let start = monotonicNanoseconds()
    /// When the access struck of which faults are noted now.
    var now: UInt64

    init() {
        entries = .allocate(capacity: Self.capacity)
        now = start
    }

    deinit { entries.deallocate() }

    mutating func note(_ page: PageNumber, _ kind: PageFault.Kind, isSignal: Bool) {
        guard count < Self.capacity else { return }
        let fault = PageFault(page: page, kind: kind, isSignal: isSignal, nanoseconds: now &- start)
        (entries + count).initialize(to: fault)
        count += 1
    }

    func all() -> [PageFault] { Array(UnsafeBufferPointer(start: entries, count: count)) }
}
