/// Looks over a JSON text for what Foundation's decoder would let pass or stumble over: control characters (and with
/// them UTF-16 and UTF-32), a comma before a closing bracket, deep nesting, very many values, and names given twice
/// (RFC 8259 leaves their meaning open).
///
/// Whether the text is JSON at all remains the decoder's to say, so this takes any bytes and needs no recursion.
struct JSONScan {
    static let deepest = 32
    static let mostValues = 10_000

    enum Fault: Error, Equatable, CustomStringConvertible {
        case controlCharacter(offset: Int)
        case strayComma(offset: Int)
        case tooDeep
        case tooManyValues(limit: Int)
        case nameTwice(offset: Int)

        var description: String {
            switch self {
            case .controlCharacter(let offset): "Byte \(offset) of the body is a control character."
            case .strayComma(let offset): "Nothing follows the comma before byte \(offset) of the body."
            case .tooDeep: "The body nests deeper than \(JSONScan.deepest) levels."
            case .tooManyValues(let limit): "The body holds more than \(limit) values."
            case .nameTwice(let offset): "The name at byte \(offset) of the body is in its object twice."
            }
        }
    }

    private let bytes: [UInt8]
    private let mostValues: Int
    private var offset = 0
    private var values = 0
    private var isAfterComma = false
    /// The names seen in each open object, as they are written; an array has none.
    private var open: [Set<ArraySlice<UInt8>>] = []

    static func check(_ bytes: [UInt8], mostValues: Int = mostValues) throws(Fault) {
        var scan = JSONScan(bytes: bytes, mostValues: mostValues)
        try scan.run()
    }

    private init(bytes: [UInt8], mostValues: Int) {
        self.bytes = bytes
        self.mostValues = mostValues
    }

    private mutating func run() throws(Fault) {
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                try string()
                isAfterComma = false
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard open.count < Self.deepest else { throw .tooDeep }
                open.append([])
                try countValue()
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if isAfterComma { throw .strayComma(offset: offset) }
                _ = open.popLast()
            case UInt8(ascii: ","): try countValue()
            case 0..<0x20 where !Self.isSpace(byte): throw .controlCharacter(offset: offset)
            default: break
            }
            if !Self.isSpace(byte) { isAfterComma = byte == UInt8(ascii: ",") }
            offset += 1
        }
    }

    private mutating func countValue() throws(Fault) {
        values += 1
        if values > mostValues { throw .tooManyValues(limit: mostValues) }
    }

    /// Moves behind the string that starts here; a string before a colon is a name.
    private mutating func string() throws(Fault) {
        let start = offset
        offset += 1
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\"") {
            if bytes[offset] < 0x20 { throw .controlCharacter(offset: offset) }
            offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
        offset += 1
        guard offset < bytes.count, let next = bytes[offset...].first(where: { !Self.isSpace($0) }) else { return }
        if next == UInt8(ascii: ":"), !open.isEmpty, !open[open.count - 1].insert(bytes[start..<offset]).inserted {
            throw .nameTwice(offset: start)
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
