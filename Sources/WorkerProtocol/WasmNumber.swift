/// A number as it crosses the API: a parameter or a result of an entry.
///
/// In JSON it is a number, or a string where a JSON number would not be exact: integers outside ±(2^53 − 1) as decimal
/// digits, and `"NaN"`, `"Infinity"`, `"-Infinity"`.
public enum WasmNumber: Hashable, Sendable {
    case integer(Int64)
    /// Above `Int64.max`: only a parameter may be given so, and is taken as the same 64 bits.
    case unsigned(UInt64)
    case float(Double)

    static let largestExact: Int64 = (1 << 53) - 1
}

extension WasmNumber: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if let unsigned = try? container.decode(UInt64.self) {
            self = .unsigned(unsigned)
        } else if let float = try? container.decode(Double.self) {
            self = .float(float)
        } else if let number = Self(text: try container.decode(String.self)) {
            self = number
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither a number nor digits")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .integer(let value) where (-Self.largestExact...Self.largestExact).contains(value):
            try container.encode(value)
        case .integer(let value): try container.encode(String(value))
        case .unsigned(let value): try container.encode(String(value))
        case .float(let value) where value.isNaN: try container.encode("NaN")
        case .float(let value) where value.isInfinite: try container.encode(value < 0 ? "-Infinity" : "Infinity")
        case .float(let value): try container.encode(value)
        }
    }

    /// Reads decimal digits with an optional minus sign, or one of the three names that JSON has no number for.
    public init?(text: String) {
        switch text {
        case "NaN": self = .float(.nan)
        case "Infinity": self = .float(.infinity)
        case "-Infinity": self = .float(-.infinity)
        default:
            let digits = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            if let integer = Int64(text) {
                self = .integer(integer)
            } else if let unsigned = UInt64(text) {
                self = .unsigned(unsigned)
            } else {
                return nil
            }
        }
    }
}

/// A WebAssembly number type, as parameters and results of an entry have it.
public enum WasmNumberType: String, Codable, Sendable, Hashable {
    case i32, i64, f32, f64

    /// Whether the number can be given for a parameter of this type: integers in the signed or unsigned range of the
    /// type, any number for floats.
    public func accepts(_ number: WasmNumber) -> Bool {
        switch (self, number) {
        case (.i32, .integer(let value)): value >= Int64(Int32.min) && value <= Int64(UInt32.max)
        case (.i64, .integer), (.i64, .unsigned): true
        case (.f32, _), (.f64, _): true
        default: false
        }
    }
}
