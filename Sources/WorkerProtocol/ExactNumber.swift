/// A `WasmNumber` between server and worker, bit by bit: the form that clients see cannot tell 1e17 from
/// 100000000000000000, nor one NaN from another.
enum ExactNumber: Codable {
    case integer(Int64)
    case unsigned(UInt64)
    case float(bits: UInt64)

    init(_ number: WasmNumber) {
        switch number {
        case .integer(let value): self = .integer(value)
        case .unsigned(let value): self = .unsigned(value)
        case .float(let value): self = .float(bits: value.bitPattern)
        }
    }

    var number: WasmNumber {
        switch self {
        case .integer(let value): .integer(value)
        case .unsigned(let value): .unsigned(value)
        case .float(let bits): .float(Double(bitPattern: bits))
        }
    }
}
