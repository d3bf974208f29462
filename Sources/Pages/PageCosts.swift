/// The price in gas of each kind of page access, and of loading a page's data.
public struct PageCosts: Equatable, Sendable, Codable {
    /// First access of a page is a read by an instruction of the program.
    public var signalRead: UInt64
    /// First access of a page is a write by an instruction of the program.
    public var signalWrite: UInt64
    /// A page that was only read so far is written by an instruction of the program.
    public var signalWriteAfterRead: UInt64
    /// First access of a page is a read by a host function.
    public var hostFuncRead: UInt64
    /// First access of a page is a write by a host function.
    public var hostFuncWrite: UInt64
    /// A page that was only read so far is written by a host function.
    public var hostFuncWriteAfterRead: UInt64
    /// The store has data for the page, which is loaded.
    public var loadPageData: UInt64

    /// Takes exactly seven costs in the order of the properties; nil for any other number.
    public init?(_ costs: [UInt64]) {
        guard costs.count == CostKind.allCases.count else { return nil }
        (signalRead, signalWrite, signalWriteAfterRead) = (costs[0], costs[1], costs[2])
        (hostFuncRead, hostFuncWrite, hostFuncWriteAfterRead) = (costs[3], costs[4], costs[5])
        loadPageData = costs[6]
    }

    public init(
        signalRead: UInt64, signalWrite: UInt64, signalWriteAfterRead: UInt64, hostFuncRead: UInt64,
        hostFuncWrite: UInt64, hostFuncWriteAfterRead: UInt64, loadPageData: UInt64
    ) {
        self.signalRead = signalRead
        self.signalWrite = signalWrite
        self.signalWriteAfterRead = signalWriteAfterRead
        self.hostFuncRead = hostFuncRead
        self.hostFuncWrite = hostFuncWrite
        self.hostFuncWriteAfterRead = hostFuncWriteAfterRead
        self.loadPageData = loadPageData
    }

    @inlinable
    public subscript(kind: CostKind) -> UInt64 {
        switch kind {
        case .signalRead: signalRead
        case .signalWrite: signalWrite
        case .signalWriteAfterRead: signalWriteAfterRead
        case .hostFuncRead: hostFuncRead
        case .hostFuncWrite: hostFuncWrite
        case .hostFuncWriteAfterRead: hostFuncWriteAfterRead
        case .loadPageData: loadPageData
        }
    }
}

/// Which of the seven costs is charged. The order is the one in which the costs are given.
public enum CostKind: Int, CaseIterable, Sendable {
    case signalRead, signalWrite, signalWriteAfterRead
    case hostFuncRead, hostFuncWrite, hostFuncWriteAfterRead
    case loadPageData
}

extension PageCosts {
    /// What this service charges: about a nanosecond a unit on the machine where it was chosen, so that gas bounds time.
    ///
    /// A write costs what a read and a write after it cost. A compiler may make one instruction of a load and a store at
    /// the same place, which is a single access; a program's gas must not depend on that.
    public static let standard = PageCosts(
        signalRead: 20_000, signalWrite: 30_000, signalWriteAfterRead: 10_000, hostFuncRead: 15_000,
        hostFuncWrite: 23_000, hostFuncWriteAfterRead: 8_000, loadPageData: 60_000)
}
