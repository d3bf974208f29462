/// The rules of charging by pages: which page was touched how, and what it cost.
struct PageLedger {
    /// The order of the seven costs.
    enum Cost: Int, CaseIterable {
        case signalRead, signalWrite, signalWriteAfterRead, hostRead, hostWrite, hostWriteAfterRead, load
    }

    /// A rule that is broken on purpose, to see that the comparison notices.
    enum Fault: CaseIterable, Sendable {
        case writeAfterReadCostsAWrite, loadIsFree, stackEndOnePageLate, writeIsNotRemembered, chargeMayOverdraw
    }

    private enum Touch { case none, read, written }

    private let costs: [UInt64]
    private let stored: Set<UInt32>
    /// First Gear page behind the stack.
    private let firstPage: UInt32
    private let fault: Fault?
    private var touches: [UInt32: Touch] = [:]

    private(set) var gasLeft: UInt64
    private(set) var charges = [UInt64](repeating: 0, count: Cost.allCases.count)
    private(set) var loaded: UInt64 = 0
    private(set) var faults = 0
    private(set) var boundaries: [UInt64] = []
    private(set) var ownBurn: UInt64 = 0
    private var burned: UInt64 = 0

    init(_ scenario: Scenario, fault: Fault?) {
        costs = scenario.costs
        stored = Set(scenario.stored.keys)
        firstPage = scenario.stackEnd * 4 + (fault == .stackEndOnePageLate ? 1 : 0)
        gasLeft = scenario.gasLimit
        self.fault = fault
    }

    /// Whether an access would cost nothing and fault not.
    func isOpen(_ page: UInt32, isWrite: Bool) -> Bool {
        if page < firstPage { return true }
        switch touches[page] ?? .none {
        case .none: return false
        case .read: return !isWrite
        case .written: return true
        }
    }

    /// One page, one access.
    mutating func touch(_ page: UInt32, isWrite: Bool, byHost: Bool) throws(Stop) {
        guard !isOpen(page, isWrite: isWrite) else { return }
        if !byHost { faults += 1 }
        if touches[page] == .read {
            let afterRead: Cost = byHost ? .hostWriteAfterRead : .signalWriteAfterRead
            try charge(
                fault == .writeAfterReadCostsAWrite ? (byHost ? .hostWrite : .signalWrite) : afterRead, as: afterRead)
        } else {
            let first: Cost =
                switch (byHost, isWrite) {
                case (false, false): .signalRead
                case (false, true): .signalWrite
                case (true, false): .hostRead
                case (true, true): .hostWrite
                }
            try charge(first, as: first)
            if stored.contains(page) {
                if fault != .loadIsFree { try charge(.load, as: .load) }
                loaded += 1
            }
        }
        touches[page] = isWrite && fault != .writeIsNotRemembered ? .written : .read
    }

    private mutating func charge(_ price: Cost, as kind: Cost) throws(Stop) {
        try pay(costs[price.rawValue], orStop: .pageCharge)
        charges[kind.rawValue] += 1
    }

    /// A charge of the program's own, or of a host function's.
    mutating func burn(_ cost: UInt64) throws(Stop) {
        guard cost > 0 else { return }
        try pay(cost, orStop: .ownCharge)
        ownBurn += cost
    }

    private mutating func pay(_ cost: UInt64, orStop stop: Stop) throws(Stop) {
        if cost > gasLeft {
            gasLeft = 0
            if fault == .chargeMayOverdraw { return }
            throw stop
        }
        gasLeft -= cost
        burned += cost
        boundaries.append(burned)
    }

    var accessed: [UInt32] { touches.keys.sorted() }
    var written: [UInt32] { touches.filter { $0.value == .written }.keys.sorted() }
}
