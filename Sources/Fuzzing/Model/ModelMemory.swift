/// Linear memory that is there from the start, with the stored pages in it.
struct ModelMemory {
    static let wasmPage = 65_536

    private(set) var bytes: [UInt8]
    private let maximum: UInt32
    private let stored: [UInt32: [UInt8]]
    private let firstPage: UInt32

    /// - Parameter stored: the content of the scenario's stored pages.
    init(_ program: Program, _ scenario: Scenario, stored: [UInt32: [UInt8]]) {
        maximum = min(scenario.memoryMaximum, program.memoryMaximum ?? .max)
        self.stored = stored
        firstPage = scenario.stackEnd * 4
        bytes = [UInt8](repeating: 0, count: Int(scenario.memorySize) * Self.wasmPage)
        for segment in program.segments {
            if let offset = segment.offset { write(segment.bytes, at: Int(offset)) }
        }
        bringStoredPages(from: 0)
    }

    /// In Wasm pages.
    var size: UInt32 { UInt32(bytes.count / Self.wasmPage) }

    /// Pages below the stack end are never loaded.
    private mutating func bringStoredPages(from start: Int) {
        for (page, content) in stored where page >= firstPage {
            let offset = Int(page) * StoredPage.size
            if offset >= start, offset < bytes.count { write(content, at: offset) }
        }
    }

    /// The old size, or all ones.
    mutating func grow(by delta: UInt32) -> UInt32 {
        let old = size
        guard UInt64(old) + UInt64(delta) <= UInt64(maximum) else { return .max }
        let start = bytes.count
        bytes += [UInt8](repeating: 0, count: Int(delta) * Self.wasmPage)
        bringStoredPages(from: start)
        return old
    }

    mutating func write(_ content: [UInt8], at offset: Int) {
        precondition(offset + content.count <= bytes.count)
        bytes.withUnsafeMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[offset...]).copyBytes(from: content)
        }
    }

    mutating func fill(_ range: Range<Int>, with byte: UInt8) {
        bytes.withUnsafeMutableBufferPointer { $0[range].update(repeating: byte) }
    }

    func read(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }

    /// Little-endian, at most 8 bytes.
    func number(at offset: Int, width: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<width { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
        return value
    }

    mutating func store(_ value: UInt64, at offset: Int, width: Int) {
        for index in 0..<width { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
    }
}
