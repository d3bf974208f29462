import CProcess
import Foundation

/// How far a worker is with its jobs: two words of memory that it shares with its server. The worker writes them, which
/// costs no call of the system, and the server reads them when the jobs take long or the worker is gone.
public struct JobProgress: ~Copyable, Sendable {
    public enum Stage: Equatable, Sendable {
        /// Nothing of the job is committed: another worker may run it if this one ends.
        case loading
        /// The program runs: its time-out counts since then, and so many times, for a form of the program that may take
        /// that much longer.
        case running(timeoutFactor: Int)
        /// The program has come to its end, and its job is about to be stored, or the program starts over: no time-out of
        /// the job applies.
        case storing
    }

    public let descriptor: Descriptor
    /// First word: microseconds of the system's monotonic clock above the lowest byte, which is the stage. Second word: how
    /// many jobs were begun, and whether that may be more.
    private let words: SharedWords

    /// A new one, to be given to a worker.
    public init() throws(ProgressError) {
        let number = cprocess_shared_memory("lazypages progress", SharedWords.size)
        guard number >= 0 else { throw ProgressError(call: "memfd_create", code: errno) }
        try self.init(Descriptor(owning: number))
    }

    /// What a worker was given.
    public init(_ descriptor: consuming Descriptor) throws(ProgressError) {
        words = try SharedWords(descriptor.number)
        self.descriptor = descriptor
    }

    /// Jobs are about to be sent to the worker.
    public func reset() {
        enter(.loading)
        words.store(0, at: 1)
    }

    /// The worker begins its next job.
    /// - Returns: false if the server has taken back what was not begun.
    public func beginNext() -> Bool {
        enter(.loading)
        return words.add(1, at: 1) & Self.closed == 0
    }

    /// How many jobs were begun.
    public var begun: Int { Self.count(words.load(at: 1)) }

    /// The server takes back what was not begun.
    /// - Returns: how many jobs were begun: from now on it will not be more.
    public func close() -> Int { Self.count(words.add(Self.closed, at: 1)) }

    private static let closed: UInt64 = 1 << 32

    private static func count(_ word: UInt64) -> Int { Int(word & (closed - 1)) }

    public func enter(_ stage: Stage) { words.store(Self.now << 8 | UInt64(stage.code), at: 0) }

    /// Where the worker is, and how long it has been there.
    public var current: (stage: Stage, for: Duration) {
        let value = words.load(at: 0)
        let microseconds = Int64(Self.now) - Int64(value >> 8)
        return (Stage(code: UInt8(truncatingIfNeeded: value)), .microseconds(max(0, microseconds)))
    }

    /// The same in all processes, unlike what a date is.
    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
    }
}

extension JobProgress.Stage {
    fileprivate var code: UInt8 {
        switch self {
        case .loading: 0
        case .running(let factor): UInt8(clamping: max(1, min(factor, 254)))
        case .storing: .max
        }
    }

    fileprivate init(code: UInt8) {
        self =
            switch code {
            case 0: .loading
            case .max: .storing
            default: .running(timeoutFactor: Int(code))
            }
    }
}

/// Why no progress can be shared.
public struct ProgressError: Error, Equatable, CustomStringConvertible {
    public var call: String
    public var code: Int32

    public var description: String { "\(call): \(String(cString: strerror(code)))" }
}
