/// What instructions compute, after the core specification, "Numerics".
enum Arithmetic {
    static func unary(_ operation: UnaryOperator, _ operand: Bits) throws(Stop) -> Bits {
        let i32 = operand.i32
        let i64 = operand.low
        switch operation {
        case .i32Eqz: return Bits(i32 == 0)
        case .i32Clz: return Bits(UInt32(i32.leadingZeroBitCount))
        case .i32Ctz: return Bits(UInt32(i32.trailingZeroBitCount))
        case .i32Popcnt: return Bits(UInt32(i32.nonzeroBitCount))
        case .i32Extend8: return Bits(UInt32(bitPattern: Int32(Int8(truncatingIfNeeded: i32))))
        case .i32Extend16: return Bits(UInt32(bitPattern: Int32(Int16(truncatingIfNeeded: i32))))
        case .i32Wrap: return Bits(i32)
        case .i32TruncF64: return Bits(try truncate(Double(bitPattern: i64)))
        case .i64Eqz: return Bits(i64 == 0)
        case .i64Extend8: return Bits(low: UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: i64))))
        case .i64Extend32, .i64ExtendSigned: return Bits(low: signExtended(i32))
        case .i64ExtendUnsigned, .i32ReinterpretF32, .i64ReinterpretF64, .f32ReinterpretI32, .f64ReinterpretI64:
            return operand
        case .f32Neg: return Bits(i32 ^ 1 << 31)
        case .f64Abs: return Bits(low: i64 & ~(1 << 63))
        case .v128Not: return Bits(low: ~operand.low, high: ~operand.high)
        case .v128SplatI32:
            let pair = UInt64(i32) << 32 | UInt64(i32)
            return Bits(low: pair, high: pair)
        case .v128SplatI64: return Bits(low: i64, high: i64)
        case .i32ExtractLane: return Bits(low: operand.high >> 32)
        case .i64ExtractLane: return Bits(low: operand.high)
        }
    }

    private static func signExtended(_ value: UInt32) -> UInt64 { UInt64(bitPattern: Int64(Int32(bitPattern: value))) }

    private static func truncate(_ number: Double) throws(Stop) -> UInt32 {
        if number.isNaN { throw .trap("bad_conversion_to_integer") }
        guard number > -2_147_483_649, number < 2_147_483_648 else { throw .trap("integer_overflow") }
        return UInt32(bitPattern: Int32(number))
    }

    static func binary(_ operation: BinaryOperator, _ left: Bits, _ right: Bits) throws(Stop) -> Bits {
        switch operation.operand {
        case .i32: try binary32(operation, left.i32, right.i32)
        case .i64: try binary64(operation, left.low, right.low)
        case .f32, .f64, .v128: other(operation, left, right)
        }
    }

    private static func binary32(_ operation: BinaryOperator, _ left: UInt32, _ right: UInt32) throws(Stop) -> Bits {
        let (signedLeft, signedRight) = (Int32(bitPattern: left), Int32(bitPattern: right))
        switch operation {
        case .i32Eq: return Bits(left == right)
        case .i32LtS: return Bits(signedLeft < signedRight)
        case .i32LtU: return Bits(left < right)
        case .i32Add: return Bits(left &+ right)
        case .i32Sub: return Bits(left &- right)
        case .i32Mul: return Bits(left &* right)
        case .i32DivS: return Bits(UInt32(bitPattern: try quotient(signedLeft, signedRight)))
        case .i32DivU: return Bits(try quotient(left, right))
        case .i32RemS: return Bits(UInt32(bitPattern: try remainder(signedLeft, signedRight)))
        case .i32RemU: return Bits(try remainder(left, right))
        case .i32And: return Bits(left & right)
        case .i32Or: return Bits(left | right)
        case .i32Xor: return Bits(left ^ right)
        case .i32Shl: return Bits(left << (right & 31))
        case .i32ShrS: return Bits(UInt32(bitPattern: signedLeft >> Int32(right & 31)))
        case .i32ShrU: return Bits(left >> (right & 31))
        default: return Bits(left << (right & 31) | left >> ((32 - right & 31) & 31))
        }
    }

    private static func binary64(_ operation: BinaryOperator, _ left: UInt64, _ right: UInt64) throws(Stop) -> Bits {
        let (signedLeft, signedRight) = (Int64(bitPattern: left), Int64(bitPattern: right))
        switch operation {
        case .i64Eq: return Bits(left == right)
        case .i64LtS: return Bits(signedLeft < signedRight)
        case .i64LtU: return Bits(left < right)
        case .i64Add: return Bits(low: left &+ right)
        case .i64Sub: return Bits(low: left &- right)
        case .i64Mul: return Bits(low: left &* right)
        case .i64DivS: return Bits(low: UInt64(bitPattern: try quotient(signedLeft, signedRight)))
        case .i64DivU: return Bits(low: try quotient(left, right))
        case .i64RemS: return Bits(low: UInt64(bitPattern: try remainder(signedLeft, signedRight)))
        case .i64RemU: return Bits(low: try remainder(left, right))
        case .i64And: return Bits(low: left & right)
        case .i64Or: return Bits(low: left | right)
        case .i64Xor: return Bits(low: left ^ right)
        case .i64Shl: return Bits(low: left << (right & 63))
        case .i64ShrS: return Bits(low: UInt64(bitPattern: signedLeft >> Int64(right & 63)))
        case .i64ShrU: return Bits(low: left >> (right & 63))
        default: return Bits(low: left << (right & 63) | left >> ((64 - right & 63) & 63))
        }
    }

    private static func other(_ operation: BinaryOperator, _ left: Bits, _ right: Bits) -> Bits {
        switch operation {
        case .f32Lt: return Bits(Float(bitPattern: left.i32) < Float(bitPattern: right.i32))
        case .f64Eq: return Bits(Double(bitPattern: left.low) == Double(bitPattern: right.low))
        case .f64Copysign: return Bits(low: left.low & ~(1 << 63) | right.low & (1 << 63))
        case .v128And: return Bits(low: left.low & right.low, high: left.high & right.high)
        case .v128Xor: return Bits(low: left.low ^ right.low, high: left.high ^ right.high)
        case .i64x2Add: return Bits(low: left.low &+ right.low, high: left.high &+ right.high)
        default: return Bits(low: pairwiseSum(left.low, right.low), high: pairwiseSum(left.high, right.high))
        }
    }

    private static func pairwiseSum(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let upper = (left >> 32 &+ right >> 32) << 32
        return upper | UInt64(UInt32(truncatingIfNeeded: left) &+ UInt32(truncatingIfNeeded: right))
    }

    private static func quotient<Number: FixedWidthInteger>(_ left: Number, _ right: Number) throws(Stop) -> Number {
        if right == 0 { throw .trap("integer_division_by_zero") }
        let (value, overflow) = left.dividedReportingOverflow(by: right)
        if overflow { throw .trap("integer_overflow") }
        return value
    }

    private static func remainder<Number: FixedWidthInteger>(_ left: Number, _ right: Number) throws(Stop) -> Number {
        if right == 0 { throw .trap("integer_division_by_zero") }
        return left.remainderReportingOverflow(dividingBy: right).partialValue
    }
}
