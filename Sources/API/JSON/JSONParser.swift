import WorkerProtocol

/// Parses a JSON text as RFC 8259 defines it, in UTF-8 and within bounds: deep nesting, very many values, and names given
/// twice (the RFC leaves their meaning open) are refused.
struct JSONParser {
    static let deepest = 32
    /// How many values a body may hold, unless its route takes more.
    static let mostValues = 10_000

    private let bytes: [UInt8]
    private let mostValues: Int
    private var offset = 0
    private var values = 0
    private var depth = 0

    static func parse(_ bytes: [UInt8], mostValues: Int = mostValues) throws(JSONFault) -> JSONValue {
        var parser = JSONParser(bytes: bytes, mostValues: mostValues)
        // RFC 8259, section 8.1: a byte order mark may be ignored.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.offset = 3 }
        let value = try parser.value()
        guard parser.next() == nil else { throw parser.unexpected() }
        return value
    }

    private init(bytes: [UInt8], mostValues: Int) {
        self.bytes = bytes
        self.mostValues = mostValues
    }

    // MARK: - Values

    private mutating func value() throws(JSONFault) -> JSONValue {
        switch next() {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object() throws(JSONFault) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        try open()
        if close(UInt8(ascii: "}")) { return members }
        repeat {
            guard next() == UInt8(ascii: "\"") else { throw unexpected() }
            let start = offset
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw unexpected() }
            guard members.updateValue(try value(), forKey: name) == nil else { throw .nameTwice(offset: start) }
        } while try comma(before: UInt8(ascii: "}"))
        return members
    }

    private mutating func array() throws(JSONFault) -> [JSONValue] {
        var elements: [JSONValue] = []
        try open()
        if close(UInt8(ascii: "]")) { return elements }
        repeat { elements.append(try value()) } while try comma(before: UInt8(ascii: "]"))
        return elements
    }

    private mutating func open() throws(JSONFault) {
        guard depth < Self.deepest else { throw .tooDeep }
        depth += 1
        offset += 1
        try countValue()
    }

    private mutating func close(_ bracket: UInt8) -> Bool {
        guard take(bracket) else { return false }
        depth -= 1
        return true
    }

    /// - Returns: false at the closing bracket.
    private mutating func comma(before bracket: UInt8) throws(JSONFault) -> Bool {
        if close(bracket) { return false }
        guard take(UInt8(ascii: ",")) else { throw unexpected() }
        try countValue()
        if next() == bracket { throw .strayComma(offset: offset) }
        return true
    }

    private mutating func countValue() throws(JSONFault) {
        values += 1
        if values > mostValues { throw .tooManyValues(limit: mostValues) }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        let end = offset + word.utf8CodeUnitCount
        guard end <= bytes.count, bytes[offset..<end].elementsEqual("\(word)".utf8) else { throw .notJSON }
        offset = end
        return value
    }

    // MARK: - Numbers

    /// An integer of 64 bits however it is written, like 1.0 and 1e3; the nearest float for all else, and for what has
    /// more digits than any use.
    private mutating func number() throws(JSONFault) -> WasmNumber {
        let start = offset
        let isNegative = takeHere(UInt8(ascii: "-"))
        // The number is `digits` times ten to the power of `exponent`; nil where that takes too many digits.
        var digits: UInt128? = 0
        var exponent: Int64 = 0
        if !takeHere(UInt8(ascii: "0")) { try takeDigits(onto: &digits) }
        if takeHere(UInt8(ascii: ".")) {
            let fraction = offset
            try takeDigits(onto: &digits)
            exponent = Int64(fraction - offset)
        }
        if takeHere(UInt8(ascii: "e")) || takeHere(UInt8(ascii: "E")) {
            let isSmall = takeHere(UInt8(ascii: "-"))
            if !isSmall { _ = takeHere(UInt8(ascii: "+")) }
            var power: UInt128? = 0
            try takeDigits(onto: &power)
            // What is out of a float's range anyhow need not be exact.
            let magnitude = Int64(min(power ?? .max, 1 << 32))
            exponent += isSmall ? -magnitude : magnitude
        }
        if let digits, let magnitude = Self.integer(digits, exponent) {
            // An integer has no minus zero, a float parameter has.
            if isNegative, magnitude == 0 { return .float(-0.0) }
            if let integer = Int64(exactly: magnitude) { return .integer(isNegative ? -integer : integer) }
            if !isNegative { return .unsigned(magnitude) }
            if magnitude == Int64.min.magnitude { return .integer(.min) }
        }
        guard let float = Double(String(decoding: bytes[start..<offset], as: UTF8.self)), float.isFinite else {
            throw .notJSON
        }
        return .float(float)
    }

    /// `digits` times ten to the power of `exponent`; nil if that is no integer, or none of 64 bits.
    private static func integer(_ digits: UInt128, _ exponent: Int64) -> UInt64? {
        if digits == 0 { return 0 }
        var integer = digits
        for _ in 0..<exponent.magnitude {
            if exponent < 0 {
                guard integer.isMultiple(of: 10) else { return nil }
                integer /= 10
            } else {
                let (tens, overflow) = integer.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                integer = tens
            }
        }
        return UInt64(exactly: integer)
    }

    /// Appends one digit or more to the number; nil if it becomes too large.
    private mutating func takeDigits(onto number: inout UInt128?) throws(JSONFault) {
        let start = offset
        while offset < bytes.count, case let digit = bytes[offset] &- UInt8(ascii: "0"), digit < 10 {
            if let before = number {
                let (tens, overflow) = before.multipliedReportingOverflow(by: 10)
                let (sum, carry) = tens.addingReportingOverflow(UInt128(digit))
                number = overflow || carry ? nil : sum
            }
            offset += 1
        }
        if offset == start { throw unexpected() }
    }

    // MARK: - Strings

    private mutating func string() throws(JSONFault) -> String {
        offset += 1
        var start = offset
        // What stands before the last escape, and what that stands for.
        var unescaped: [UInt8] = []
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                let rest = bytes[start..<offset]
                offset += 1
                let whole = unescaped.isEmpty ? rest : ArraySlice(unescaped + rest)
                guard let string = String(validating: whole, as: UTF8.self) else { throw .notJSON }
                return string
            case UInt8(ascii: "\\"):
                unescaped += bytes[start..<offset]
                offset += 1
                unescaped += try escape().utf8
                start = offset
            case 0..<0x20: throw .controlCharacter(offset: offset)
            default: offset += 1
            }
        }
        throw .notJSON
    }

    /// The character that an escape stands for, from behind the backslash.
    private mutating func escape() throws(JSONFault) -> String {
        guard offset < bytes.count else { throw .notJSON }
        let letter = bytes[offset]
        offset += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(Unicode.Scalar(letter))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var units = [try hexDigits()]
            if UTF16.isLeadSurrogate(units[0]) {
                guard takeHere(UInt8(ascii: "\\")), takeHere(UInt8(ascii: "u")) else { throw .notJSON }
                units.append(try hexDigits())
            }
            guard let text = String(validating: units, as: UTF16.self) else { throw .notJSON }
            return text
        default: throw .notJSON
        }
    }

    private mutating func hexDigits() throws(JSONFault) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard offset < bytes.count, let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
                throw .notJSON
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    // MARK: - Bytes

    /// The first byte of the next token; nil at the end.
    private mutating func next() -> UInt8? {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            case let byte: return byte
            }
        }
        return nil
    }

    private mutating func take(_ token: UInt8) -> Bool {
        _ = next()
        return takeHere(token)
    }

    private mutating func takeHere(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private func unexpected() -> JSONFault {
        guard offset < bytes.count, bytes[offset] < 0x20 else { return .notJSON }
        return .controlCharacter(offset: offset)
    }
}
