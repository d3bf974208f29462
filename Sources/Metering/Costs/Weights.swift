/// What instructions cost in gas. A unit is about a nanosecond, as in the costs of pages.
///
/// The proportions are those of Gear's schedule, which measures compiled code: a constant is half a nanosecond there, a
/// load five to six, a store nine, a call three, an indirect call thirty.
public struct Weights: Sendable {
    /// Raised with every change of a number here, by which gas is compared and explained, and of what metering puts into a
    /// module: one that is stored with another version is metered anew.
    public let version: Int
    /// By ``WeightClass``.
    private let costs: [UInt32]
    private let linearCosts: [LinearCost?]
    /// Of each local of a function, when it is entered.
    package let local: UInt32
    /// Of host functions.
    public let host = HostWeights()

    init(
        version: Int, local: UInt32, cost: (WeightClass) -> UInt32, linear: (WeightClass) -> LinearCost?
    ) {
        self.version = version
        self.local = local
        costs = WeightClass.allCases.map(cost)
        linearCosts = WeightClass.allCases.map(linear)
    }

    package subscript(weight: WeightClass) -> UInt32 { costs[Int(weight.rawValue)] }

    /// What an instruction costs besides, by its last operand, an i32; nil for most.
    package func linear(_ weight: WeightClass) -> LinearCost? { linearCosts[Int(weight.rawValue)] }

    /// What this service charges.
    public static let standard = Weights(version: 1, local: 1) { weight in
        switch weight {
        case .marker, .free: 0
        case .constant, .local, .global, .branch, .integer, .reference: 1
        case .select, .wideInteger, .float, .vector: 2
        case .conditionalBranch, .call, .conversion, .vectorFloat, .tableAccess: 3
        case .load: 5
        case .division, .store: 8
        case .floatDivision: 10
        case .branchTable: 14
        case .indirectCall, .functionReference, .segmentDrop: 30
        case .memoryFill, .memoryCopy, .memoryInit, .tableFill, .tableCopy, .tableInit: 50
        case .memoryGrow, .tableGrow: 1000
        }
    } linear: { weight in
        switch weight {
        case .memoryGrow: LinearCost(cost: 100, perPowerOfTwo: 0)
        case .memoryFill, .memoryCopy, .memoryInit: LinearCost(cost: 1, perPowerOfTwo: 3)
        case .tableGrow, .tableFill, .tableCopy, .tableInit: LinearCost(cost: 2, perPowerOfTwo: 0)
        default: nil
        }
    }

    /// Every instruction costs 1, and so does a local: gas counts them.
    public static let unit = Weights(version: 0, local: 1) {
        $0 == .marker ? 0 : 1
    } linear: { _ in
        nil
    }
}

/// A cost by number: of pages of memory, of bytes, of elements of a table.
package struct LinearCost: Sendable, Equatable {
    /// Small, so that no number of up to 32 bits makes the product overflow.
    package let cost: UInt16
    /// The cost is for so many, as a power of two; a rest is free.
    package let perPowerOfTwo: UInt8
}
