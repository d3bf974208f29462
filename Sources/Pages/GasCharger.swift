/// Takes page charges off a gas counter and counts them by kind.
public struct GasCharger: Sendable {
    public let costs: PageCosts
    public private(set) var charges = ChargeCounts()

    public init(costs: PageCosts) { self.costs = costs }

    /// Takes one charge off `left`. When `left` does not cover it, `left` becomes 0, nothing is counted, and the answer
    /// is false.
    public mutating func charge(_ kind: CostKind, from left: inout UInt64) -> Bool {
        let cost = costs[kind]
        guard cost <= left else {
            left = 0
            return false
        }
        left -= cost
        charges[kind] += 1
        return true
    }
}
