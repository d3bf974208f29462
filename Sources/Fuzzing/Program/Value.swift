/// The types of values that programs compute with.
enum ValueType: String, CaseIterable, Hashable, Sendable {
    case i32, i64, f32, f64, v128
}

/// A value of any type, as bits: 32-bit ones with the upper half 0.
struct Bits: Hashable, Sendable {
    var low: UInt64
    var high: UInt64 = 0

    static let zero = Bits(low: 0)

    var i32: UInt32 { UInt32(truncatingIfNeeded: low) }
    var i64: UInt64 { low }

    init(low: UInt64, high: UInt64 = 0) {
        self.low = low
        self.high = high
    }

    init(_ value: UInt32) { low = UInt64(value) }
    init(_ value: Bool) { low = value ? 1 : 0 }
}
