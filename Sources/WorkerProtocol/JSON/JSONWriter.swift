import Foundation

/// Writes JSON piece by piece, and sees to the commas.
///
/// Every job is written once or twice: a general encoder took two fifths of all the time that a small job costs.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    mutating func object(_ fields: (inout JSONWriter) -> Void) {
        begin(UInt8(ascii: "{"))
        fields(&self)
        end(UInt8(ascii: "}"))
    }

    mutating func array<Elements: Sequence>(
        _ elements: Elements, _ element: (inout JSONWriter, Elements.Element) -> Void
    ) {
        begin(UInt8(ascii: "["))
        for value in elements { element(&self, value) }
        end(UInt8(ascii: "]"))
    }

    /// Begins a field: its value must follow.
    /// - Parameter name: written as it is.
    mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func value(_ number: some FixedWidthInteger) { literal(String(number)) }

    mutating func value(_ value: Bool) { literal(value ? "true" : "false") }

    /// - Parameter number: neither infinite nor not a number.
    mutating func value(_ number: Double) {
        let text = number.description
        literal(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }

    mutating func null() { literal("null") }

    mutating func value(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            for byte in utf8 { append(escaped: byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// In base64.
    mutating func value(_ data: Data) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: data.base64EncodedData())
        bytes.append(UInt8(ascii: "\""))
    }

    /// JSON that was written before.
    mutating func value(json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    /// RFC 8259, section 7.
    private mutating func append(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
        case ..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }
}

extension JSONWriter {
    mutating func field(_ name: StaticString, _ number: some FixedWidthInteger) {
        key(name)
        value(number)
    }

    mutating func field(_ name: StaticString, _ flag: Bool) {
        key(name)
        value(flag)
    }

    mutating func field(_ name: StaticString, _ text: String) {
        key(name)
        value(text)
    }

    mutating func field(_ name: StaticString, _ data: Data) {
        key(name)
        value(data)
    }

    mutating func object(_ name: StaticString, _ fields: (inout JSONWriter) -> Void) {
        key(name)
        object(fields)
    }

    mutating func array<Elements: Sequence>(
        _ name: StaticString, _ elements: Elements, _ element: (inout JSONWriter, Elements.Element) -> Void
    ) {
        key(name)
        array(elements, element)
    }

    /// Null is written: clients find every documented field.
    mutating func optional<Value>(
        _ name: StaticString, _ value: Value?, _ write: (inout JSONWriter, Value) -> Void
    ) {
        key(name)
        if let value { write(&self, value) } else { null() }
    }

    mutating func optional(_ name: StaticString, _ number: (some FixedWidthInteger)?) {
        optional(name, number) { $0.value($1) }
    }

    mutating func optional(_ name: StaticString, _ text: String?) { optional(name, text) { $0.value($1) } }
}
