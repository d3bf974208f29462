/// Instructions that read memory. The raw value is the name in the text format.
enum LoadOperator: String, CaseIterable, Sendable {
    case i32 = "i32.load"
    case i64 = "i64.load"
    case f32 = "f32.load"
    case f64 = "f64.load"
    case i32From8S = "i32.load8_s"
    case i32From8U = "i32.load8_u"
    case i32From16S = "i32.load16_s"
    case i32From16U = "i32.load16_u"
    case i64From8S = "i64.load8_s"
    case i64From8U = "i64.load8_u"
    case i64From16S = "i64.load16_s"
    case i64From16U = "i64.load16_u"
    case i64From32S = "i64.load32_s"
    case i64From32U = "i64.load32_u"
    case v128 = "v128.load"
    case v128From8x8S = "v128.load8x8_s"
    case v128From16x4U = "v128.load16x4_u"
    case v128From32x2S = "v128.load32x2_s"
    case v128Splat8 = "v128.load8_splat"
    case v128Splat64 = "v128.load64_splat"
    case v128Zero32 = "v128.load32_zero"
    case v128Zero64 = "v128.load64_zero"

    var result: ValueType {
        switch self {
        case .i32, .i32From8S, .i32From8U, .i32From16S, .i32From16U: .i32
        case .i64, .i64From8S, .i64From8U, .i64From16S, .i64From16U, .i64From32S, .i64From32U: .i64
        case .f32: .f32
        case .f64: .f64
        case .v128, .v128From8x8S, .v128From16x4U, .v128From32x2S, .v128Splat8, .v128Splat64, .v128Zero32, .v128Zero64:
            .v128
        }
    }

    /// Bytes read.
    var width: Int {
        switch self {
        case .i32From8S, .i32From8U, .i64From8S, .i64From8U, .v128Splat8: 1
        case .i32From16S, .i32From16U, .i64From16S, .i64From16U: 2
        case .i32, .f32, .i64From32S, .i64From32U, .v128Zero32: 4
        case .i64, .f64, .v128From8x8S, .v128From16x4U, .v128From32x2S, .v128Splat64, .v128Zero64: 8
        case .v128: 16
        }
    }

    static func of(_ type: ValueType) -> [LoadOperator] { byResult[type] ?? [] }
    private static let byResult = Dictionary(grouping: allCases, by: \.result)
}

/// Instructions that write memory. The raw value is the name in the text format.
enum StoreOperator: String, CaseIterable, Sendable {
    case i32 = "i32.store"
    case i64 = "i64.store"
    case f32 = "f32.store"
    case f64 = "f64.store"
    case i32To8 = "i32.store8"
    case i32To16 = "i32.store16"
    case i64To8 = "i64.store8"
    case i64To16 = "i64.store16"
    case i64To32 = "i64.store32"
    case v128 = "v128.store"
    case v128Lane8 = "v128.store8_lane"
    case v128Lane64 = "v128.store64_lane"

    var value: ValueType {
        switch self {
        case .i32, .i32To8, .i32To16: .i32
        case .i64, .i64To8, .i64To16, .i64To32: .i64
        case .f32: .f32
        case .f64: .f64
        case .v128, .v128Lane8, .v128Lane64: .v128
        }
    }

    /// Bytes written.
    var width: Int {
        switch self {
        case .i32To8, .i64To8, .v128Lane8: 1
        case .i32To16, .i64To16: 2
        case .i32, .f32, .i64To32: 4
        case .i64, .f64, .v128Lane64: 8
        case .v128: 16
        }
    }

    /// The lane stored, for those that store one.
    static let lane: UInt8 = 1
}
