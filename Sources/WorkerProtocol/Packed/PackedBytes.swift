import Foundation

/// Writes values one after another: numbers as 8 little-endian bytes, texts and bytes behind their length.
struct PackedWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ number: Int) { write(UInt64(bitPattern: Int64(number))) }

    mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func write(_ text: String) {
        write(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(_ data: some Collection<UInt8>) {
        write(data.count)
        bytes.append(contentsOf: data)
    }

    mutating func write<Value>(optional value: Value?, _ write: (inout PackedWriter, Value) -> Void) {
        self.write(value != nil)
        if let value { write(&self, value) }
    }
}

/// Reads what a `PackedWriter` has written.
struct PackedReader {
    private let bytes: [UInt8]
    private var offset: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
    }

    private mutating func take(_ count: Int) throws(MessageError) -> Range<Int> {
        guard count >= 0, count <= bytes.count - offset else { throw .malformed("packed bytes are too short") }
        defer { offset += count }
        return offset..<offset + count
    }

    mutating func number() throws(MessageError) -> UInt64 {
        let range = try take(8)
        return bytes.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self))
        }
    }

    mutating func int() throws(MessageError) -> Int { Int(truncatingIfNeeded: try number()) }

    mutating func flag() throws(MessageError) -> Bool { bytes[try take(1).lowerBound] != 0 }

    mutating func text() throws(MessageError) -> String { String(decoding: bytes[try take(int())], as: UTF8.self) }

    mutating func data() throws(MessageError) -> [UInt8] { Array(bytes[try take(int())]) }

    /// One of the names that a type knows.
    mutating func name<Value: RawRepresentable<String>>(_ type: Value.Type) throws(MessageError) -> Value {
        let name = try text()
        guard let value = Value(rawValue: name) else { throw .malformed("unknown name \(name)") }
        return value
    }

    mutating func optional<Value>(
        _ read: (inout PackedReader) throws(MessageError) -> Value
    ) throws(MessageError) -> Value? {
        try flag() ? try read(&self) : nil
    }

    /// - Throws: `malformed` if something is left.
    func finish() throws(MessageError) {
        guard offset == bytes.count else { throw .malformed("packed bytes are too long") }
    }
}
