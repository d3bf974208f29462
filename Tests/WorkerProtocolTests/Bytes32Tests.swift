import Testing
import WorkerProtocol

@Suite("32 bytes in hex")
struct Bytes32Tests {
    @Test("they are read as they are written, with or without 0x, in either case")
    func both() throws {
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: $0 * 37 + 9) }
        let value = try #require(Bytes32(bytes))
        let text = value.description
        #expect(text.hasPrefix("0x092e5378") && text.count == 66)
        #expect(Bytes32(hex: text) == value && Bytes32(hex: text.dropFirst(2)) == value)
        #expect(Bytes32(hex: text.uppercased().replacing("0X", with: "0x")) == value)
        #expect(Bytes32.zero.description == "0x" + String(repeating: "0", count: 64))
    }

    @Test("anything else is none", arguments: ["", "0x", "0x12", String(repeating: "g", count: 64)])
    func others(text: String) {
        #expect(Bytes32(hex: text) == nil)
        #expect(Bytes32(hex: String(repeating: "0", count: 63)) == nil)
        #expect(Bytes32(hex: String(repeating: "0", count: 65)) == nil)
        #expect(Bytes32(hex: String(repeating: "0", count: 62) + "é") == nil)
        #expect(Bytes32([1, 2, 3]) == nil)
    }
}
