import Metering

/// What the instructions cost that a program's tree stands for: by the weights' classes, which are stated here once more.
struct InstructionCosts {
    let weights: Weights

    subscript(weight: WeightClass) -> UInt64 { UInt64(weights[weight]) }

    /// Of an instruction that costs by number.
    func linear(_ weight: WeightClass, _ number: UInt32) -> UInt64 {
        weights.linear(weight).map { (UInt64(number) * UInt64($0.cost)) >> UInt64($0.perPowerOfTwo) } ?? 0
    }

    func sum(_ expressions: [Expression]) -> UInt64 { expressions.reduce(0) { $0 + sum($1) } }

    /// An expression has no branches: all of it is executed.
    private func sum(_ expression: Expression) -> UInt64 { self[weight(expression)] + sum(expression.operands) }

    private func weight(_ expression: Expression) -> WeightClass {
        switch expression {
        case .constant: .constant
        case .local: .local
        case .unary(let operation, _): operation.weight
        case .binary(let operation, _, _): operation.weight
        case .load: .load
        case .memorySize: .global
        case .memoryGrow: .memoryGrow
        case .call, .host: .call
        case .indirectCall: .indirectCall
        }
    }

    /// Of the statement's own instructions up to where its inner lists begin, or it branches.
    func head(_ statement: Statement) -> UInt64 {
        let own: UInt64 =
            switch statement {
            case .set: self[.local]
            case .drop, .unreachable, .block: self[.free]
            case .store: self[.store]
            case .fill: self[.memoryFill]
            case .copy: self[.memoryCopy]
            case .initialize: self[.memoryInit]
            case .dropSegment: self[.segmentDrop]
            case .choose, .branch(_, .some), .leave(_, .branchWhen): self[.conditionalBranch]
            case .repeated: self[.constant] + self[.local] + self[.free]
            case .endless, .leave(_, .return): self[.free]
            case .branch(_, nil), .leave(_, .branch): self[.branch]
            case .branchTable, .leave(_, .branchTable): self[.branchTable]
            }
        return own + sum(statement.expressions)
    }

    /// Of the statement's instructions behind its branch.
    func tail(_ statement: Statement) -> UInt64 {
        if case .leave(_, .branchWhen) = statement { self[.free] } else { 0 }
    }

    /// Of the instructions that lead back to a loop's beginning.
    func back(_ loop: Statement) -> UInt64 {
        switch loop {
        case .repeated: self[.constant] + self[.integer] + 2 * self[.local] + self[.conditionalBranch]
        case .endless: self[.branch]
        default: 0
        }
    }
}

extension UnaryOperator {
    fileprivate var weight: WeightClass {
        switch self {
        case .i32Eqz, .i32Clz, .i32Ctz, .i32Popcnt, .i32Extend8, .i32Extend16, .i32Wrap, .i64Eqz, .i64Extend8,
            .i64Extend32, .i64ExtendSigned, .i64ExtendUnsigned, .i32ReinterpretF32, .i64ReinterpretF64,
            .f32ReinterpretI32, .f64ReinterpretI64:
            .integer
        case .i32TruncF64: .conversion
        case .f32Neg, .f64Abs: .float
        case .v128Not, .v128SplatI32, .v128SplatI64, .i32ExtractLane, .i64ExtractLane: .vector
        }
    }
}

extension BinaryOperator {
    fileprivate var weight: WeightClass {
        if canTrap { return .division }
        return switch operand {
        case .i32, .i64: .integer
        case .f32, .f64: .float
        case .v128: .vector
        }
    }
}
