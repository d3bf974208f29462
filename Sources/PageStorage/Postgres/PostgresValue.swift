/// A parameter of a statement, sent in PostgreSQL's binary form: nothing is quoted, escaped or parsed.
enum PostgresValue {
    /// `bigint`
    case int(Int64)
    /// `boolean`
    case bool(Bool)
    case text(String)
    /// `bytea`, and the 16 bytes of a `uuid`.
    case bytes([UInt8])
    /// `timestamptz`, from milliseconds since 1970.
    case time(Int64)
    /// `bigint[]`
    case ints([Int64])
    /// `timestamptz[]`, from milliseconds since 1970.
    case times([Int64])
    /// `uuid[]`, 16 bytes each.
    case uuids([[UInt8]])
    /// `text[]`
    case texts([String])
    /// `text[]`, with `NULL` for nil.
    case optionalTexts([String?])
    /// `bytea[]`, with `NULL` for nil.
    case byteStrings([[UInt8]?])
    case null

    static func optionalText(_ text: String?) -> PostgresValue { text.map { .text($0) } ?? .null }
}

/// The parameters of a statement, one after another in a single buffer.
struct PostgresParameters {
    // Never empty, so that an empty value still has an address: none means `NULL`.
    private(set) var buffer: [UInt8] = [0]
    private(set) var places: [Range<Int>?] = []

    init(_ values: [PostgresValue]) {
        for value in values { append(value) }
    }

    private mutating func append(_ value: PostgresValue) {
        let start = buffer.count
        switch value {
        case .int(let number): append(number)
        case .bool(let value): append(UInt8(value ? 1 : 0))
        case .text(let text): buffer.append(contentsOf: text.utf8)
        case .bytes(let bytes): buffer.append(contentsOf: bytes)
        case .time(let milliseconds): append(PostgresTime.microseconds(from: milliseconds))
        case .ints(let numbers):
            appendArray(of: numbers, type: .int8) { parameters, number in
                parameters.append(Int32(8))
                parameters.append(number)
            }
        case .times(let times):
            appendArray(of: times, type: .timestamptz) { parameters, milliseconds in
                parameters.append(Int32(8))
                parameters.append(PostgresTime.microseconds(from: milliseconds))
            }
        case .uuids(let ids):
            appendArray(of: ids, type: .uuid) { parameters, id in
                parameters.append(Int32(id.count))
                parameters.buffer.append(contentsOf: id)
            }
        case .texts(let texts):
            appendArray(of: texts, type: .text) { $0.appendElement($1) }
        case .optionalTexts(let texts):
            appendArray(of: texts, type: .text) { $0.appendElement($1) }
        case .byteStrings(let strings):
            buffer.reserveCapacity(start + strings.reduce(32) { $0 + 4 + ($1?.count ?? 0) })
            appendArray(of: strings, type: .bytea) { parameters, bytes in
                parameters.append(Int32(bytes?.count ?? -1))
                parameters.buffer.append(contentsOf: bytes ?? [])
            }
        case .null:
            places.append(nil)
            return
        }
        places.append(start..<buffer.count)
    }

    /// The type's number in the catalogue `pg_type`.
    private enum ElementType: Int32 {
        case bytea = 17
        case int8 = 20
        case text = 25
        case timestamptz = 1184
        case uuid = 2950
    }

    private mutating func appendElement(_ text: String?) {
        append(Int32(text?.utf8.count ?? -1))
        if let text { buffer.append(contentsOf: text.utf8) }
    }

    /// One dimension, counted from 1; each element is its length (−1 for `NULL`) and its bytes.
    private mutating func appendArray<Element>(
        of elements: [Element], type: ElementType, element: (inout PostgresParameters, Element) -> Void
    ) {
        let (dimensions, mayHoldNull, firstIndex): (Int32, Int32, Int32) = (1, 1, 1)
        for field in [dimensions, mayHoldNull, type.rawValue, Int32(elements.count), firstIndex] { append(field) }
        for value in elements { element(&self, value) }
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { buffer.append(contentsOf: $0) }
    }
}

/// `timestamptz` is microseconds since 2000 where this project counts milliseconds since 1970.
enum PostgresTime {
    private static let epoch: Int64 = 946_684_800_000

    static func microseconds(from milliseconds: Int64) -> Int64 {
        let (microseconds, overflow) = milliseconds.subtractingReportingOverflow(epoch)
        let product = microseconds.multipliedReportingOverflow(by: 1000)
        return overflow || product.overflow ? (milliseconds < 0 ? .min : .max) : product.partialValue
    }

    static func milliseconds(from microseconds: Int64) -> Int64 { microseconds / 1000 + epoch }
}
