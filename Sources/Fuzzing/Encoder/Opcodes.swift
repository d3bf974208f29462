// Opcodes of the WebAssembly core specification, "Binary Format", "Instructions".

extension UnaryOperator {
    /// The opcode and, for lanes, its immediate.
    var code: [UInt8] {
        switch self {
        case .i32Eqz: [0x45]
        case .i32Clz: [0x67]
        case .i32Ctz: [0x68]
        case .i32Popcnt: [0x69]
        case .i32Extend8: [0xC0]
        case .i32Extend16: [0xC1]
        case .i32Wrap: [0xA7]
        case .i32ReinterpretF32: [0xBC]
        case .i32TruncF64: [0xAA]
        case .i64Eqz: [0x50]
        case .i64Extend8: [0xC2]
        case .i64Extend32: [0xC4]
        case .i64ExtendSigned: [0xAC]
        case .i64ExtendUnsigned: [0xAD]
        case .i64ReinterpretF64: [0xBD]
        case .f32Neg: [0x8C]
        case .f32ReinterpretI32: [0xBE]
        case .f64Abs: [0x99]
        case .f64ReinterpretI64: [0xBF]
        case .v128Not: [0xFD, 0x4D]
        case .v128SplatI32: [0xFD, 0x11]
        case .v128SplatI64: [0xFD, 0x12]
        case .i32ExtractLane: [0xFD, 0x1B, 3]
        case .i64ExtractLane: [0xFD, 0x1D, 1]
        }
    }
}

extension BinaryOperator {
    var code: [UInt8] {
        switch self {
        case .i32Eq: [0x46]
        case .i32LtS: [0x48]
        case .i32LtU: [0x49]
        case .i32Add: [0x6A]
        case .i32Sub: [0x6B]
        case .i32Mul: [0x6C]
        case .i32DivS: [0x6D]
        case .i32DivU: [0x6E]
        case .i32RemS: [0x6F]
        case .i32RemU: [0x70]
        case .i32And: [0x71]
        case .i32Or: [0x72]
        case .i32Xor: [0x73]
        case .i32Shl: [0x74]
        case .i32ShrS: [0x75]
        case .i32ShrU: [0x76]
        case .i32Rotl: [0x77]
        case .i64Eq: [0x51]
        case .i64LtS: [0x53]
        case .i64LtU: [0x54]
        case .i64Add: [0x7C]
        case .i64Sub: [0x7D]
        case .i64Mul: [0x7E]
        case .i64DivS: [0x7F]
        case .i64DivU: [0x80]
        case .i64RemS: [0x81]
        case .i64RemU: [0x82]
        case .i64And: [0x83]
        case .i64Or: [0x84]
        case .i64Xor: [0x85]
        case .i64Shl: [0x86]
        case .i64ShrS: [0x87]
        case .i64ShrU: [0x88]
        case .i64Rotl: [0x89]
        case .f32Lt: [0x5D]
        case .f64Eq: [0x61]
        case .f64Copysign: [0xA6]
        case .v128And: [0xFD, 0x4E]
        case .v128Xor: [0xFD, 0x51]
        case .i32x4Add: [0xFD, 0xAE, 0x01]
        case .i64x2Add: [0xFD, 0xCE, 0x01]
        }
    }
}

extension LoadOperator {
    var code: [UInt8] {
        switch self {
        case .i32: [0x28]
        case .i64: [0x29]
        case .f32: [0x2A]
        case .f64: [0x2B]
        case .i32From8S: [0x2C]
        case .i32From8U: [0x2D]
        case .i32From16S: [0x2E]
        case .i32From16U: [0x2F]
        case .i64From8S: [0x30]
        case .i64From8U: [0x31]
        case .i64From16S: [0x32]
        case .i64From16U: [0x33]
        case .i64From32S: [0x34]
        case .i64From32U: [0x35]
        case .v128: [0xFD, 0x00]
        case .v128From8x8S: [0xFD, 0x01]
        case .v128From16x4U: [0xFD, 0x04]
        case .v128From32x2S: [0xFD, 0x05]
        case .v128Splat8: [0xFD, 0x07]
        case .v128Splat64: [0xFD, 0x0A]
        case .v128Zero32: [0xFD, 0x5C]
        case .v128Zero64: [0xFD, 0x5D]
        }
    }
}

extension StoreOperator {
    var code: [UInt8] {
        switch self {
        case .i32: [0x36]
        case .i64: [0x37]
        case .f32: [0x38]
        case .f64: [0x39]
        case .i32To8: [0x3A]
        case .i32To16: [0x3B]
        case .i64To8: [0x3C]
        case .i64To16: [0x3D]
        case .i64To32: [0x3E]
        case .v128: [0xFD, 0x0B]
        case .v128Lane8: [0xFD, 0x58]
        case .v128Lane64: [0xFD, 0x5B]
        }
    }

    /// What follows the address.
    var immediate: [UInt8] {
        switch self {
        case .v128Lane8, .v128Lane64: [Self.lane]
        default: []
        }
    }
}

extension ValueType {
    var code: UInt8 {
        switch self {
        case .i32: 0x7F
        case .i64: 0x7E
        case .f32: 0x7D
        case .f64: 0x7C
        case .v128: 0x7B
        }
    }
}
