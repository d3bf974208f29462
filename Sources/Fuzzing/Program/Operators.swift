/// Instructions with one operand. The raw value is the name in the text format.
enum UnaryOperator: String, CaseIterable, Sendable {
    case i32Eqz = "i32.eqz"
    case i32Clz = "i32.clz"
    case i32Ctz = "i32.ctz"
    case i32Popcnt = "i32.popcnt"
    case i32Extend8 = "i32.extend8_s"
    case i32Extend16 = "i32.extend16_s"
    case i32Wrap = "i32.wrap_i64"
    case i32ReinterpretF32 = "i32.reinterpret_f32"
    case i32TruncF64 = "i32.trunc_f64_s"
    case i64Eqz = "i64.eqz"
    case i64Extend8 = "i64.extend8_s"
    case i64Extend32 = "i64.extend32_s"
    case i64ExtendSigned = "i64.extend_i32_s"
    case i64ExtendUnsigned = "i64.extend_i32_u"
    case i64ReinterpretF64 = "i64.reinterpret_f64"
    case f32Neg = "f32.neg"
    case f32ReinterpretI32 = "f32.reinterpret_i32"
    case f64Abs = "f64.abs"
    case f64ReinterpretI64 = "f64.reinterpret_i64"
    case v128Not = "v128.not"
    case v128SplatI32 = "i32x4.splat"
    case v128SplatI64 = "i64x2.splat"
    case i32ExtractLane = "i32x4.extract_lane 3"
    case i64ExtractLane = "i64x2.extract_lane 1"

    var operand: ValueType {
        switch self {
        case .i32Eqz, .i32Clz, .i32Ctz, .i32Popcnt, .i32Extend8, .i32Extend16, .i64ExtendSigned, .i64ExtendUnsigned,
            .f32ReinterpretI32, .v128SplatI32:
            .i32
        case .i32Wrap, .i64Eqz, .i64Extend8, .i64Extend32, .f64ReinterpretI64, .v128SplatI64: .i64
        case .i32ReinterpretF32, .f32Neg: .f32
        case .i32TruncF64, .i64ReinterpretF64, .f64Abs: .f64
        case .v128Not, .i32ExtractLane, .i64ExtractLane: .v128
        }
    }

    var result: ValueType {
        switch self {
        case .i32Eqz, .i32Clz, .i32Ctz, .i32Popcnt, .i32Extend8, .i32Extend16, .i32Wrap, .i32ReinterpretF32,
            .i32TruncF64, .i64Eqz, .i32ExtractLane:
            .i32
        case .i64Extend8, .i64Extend32, .i64ExtendSigned, .i64ExtendUnsigned, .i64ReinterpretF64, .i64ExtractLane:
            .i64
        case .f32Neg, .f32ReinterpretI32: .f32
        case .f64Abs, .f64ReinterpretI64: .f64
        case .v128Not, .v128SplatI32, .v128SplatI64: .v128
        }
    }
}

/// Instructions with two operands of one type. The raw value is the name in the text format.
enum BinaryOperator: String, CaseIterable, Sendable {
    case i32Eq = "i32.eq"
    case i32LtS = "i32.lt_s"
    case i32LtU = "i32.lt_u"
    case i32Add = "i32.add"
    case i32Sub = "i32.sub"
    case i32Mul = "i32.mul"
    case i32DivS = "i32.div_s"
    case i32DivU = "i32.div_u"
    case i32RemS = "i32.rem_s"
    case i32RemU = "i32.rem_u"
    case i32And = "i32.and"
    case i32Or = "i32.or"
    case i32Xor = "i32.xor"
    case i32Shl = "i32.shl"
    case i32ShrS = "i32.shr_s"
    case i32ShrU = "i32.shr_u"
    case i32Rotl = "i32.rotl"
    case i64Eq = "i64.eq"
    case i64LtS = "i64.lt_s"
    case i64LtU = "i64.lt_u"
    case i64Add = "i64.add"
    case i64Sub = "i64.sub"
    case i64Mul = "i64.mul"
    case i64DivS = "i64.div_s"
    case i64DivU = "i64.div_u"
    case i64RemS = "i64.rem_s"
    case i64RemU = "i64.rem_u"
    case i64And = "i64.and"
    case i64Or = "i64.or"
    case i64Xor = "i64.xor"
    case i64Shl = "i64.shl"
    case i64ShrS = "i64.shr_s"
    case i64ShrU = "i64.shr_u"
    case i64Rotl = "i64.rotl"
    case f32Lt = "f32.lt"
    case f64Eq = "f64.eq"
    case f64Copysign = "f64.copysign"
    case v128And = "v128.and"
    case v128Xor = "v128.xor"
    case i32x4Add = "i32x4.add"
    case i64x2Add = "i64x2.add"

    var operand: ValueType {
        switch self {
        case .f32Lt: .f32
        case .f64Eq, .f64Copysign: .f64
        case .v128And, .v128Xor, .i32x4Add, .i64x2Add: .v128
        default: rawValue.hasPrefix("i32") ? .i32 : .i64
        }
    }

    var result: ValueType {
        switch self {
        case .i64Eq, .i64LtS, .i64LtU, .f32Lt, .f64Eq: .i32
        default: operand
        }
    }

    /// Whether it ends the program for some operands.
    var canTrap: Bool {
        switch self {
        case .i32DivS, .i32DivU, .i32RemS, .i32RemU, .i64DivS, .i64DivU, .i64RemS, .i64RemU: true
        default: false
        }
    }
}
