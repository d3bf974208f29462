/// The few facts of a binary module that Wasmtime's C API does not tell, read from its sections.
///
/// Reads no further than the import, function, memory and start sections need; a module that is malformed there has
/// no facts, and Wasmtime says what is wrong with it. Section and flag numbers are those of the WebAssembly core
/// specification, "Binary Format".
struct ModuleSections {
    /// Flag bytes of every memory's limits, imported ones first.
    private(set) var memoryFlags: [UInt8] = []
    /// How many functions the module says it defines.
    private(set) var functionCount = 0
    /// Offset of the start section in bytes, if there is one.
    private(set) var startSection: Int?

    init?(_ binary: [UInt8]) {
        var reader = BinaryReader(bytes: binary[...])
        guard reader.take(8) != nil else { return nil }
        while !reader.isAtEnd {
            let offset = reader.offset
            guard let id = reader.byte(), let size = reader.unsigned(), let content = reader.take(size) else {
                return nil
            }
            var section = BinaryReader(bytes: content)
            switch id {
            case 2: guard readImports(&section) else { return nil }
            case 3:
                guard let count = section.unsigned() else { return nil }
                functionCount = count
            case 5: guard readMemories(&section) else { return nil }
            case 8: startSection = offset
            default: break
            }
        }
    }

    private mutating func readMemories(_ section: inout BinaryReader) -> Bool {
        guard let count = section.unsigned() else { return false }
        for _ in 0..<count { guard readLimits(&section, isMemory: true) else { return false } }
        return true
    }

    private mutating func readImports(_ section: inout BinaryReader) -> Bool {
        guard let count = section.unsigned() else { return false }
        for _ in 0..<count {
            guard let module = section.unsigned(), section.take(module) != nil, let name = section.unsigned(),
                section.take(name) != nil, let kind = section.byte()
            else { return false }
            switch kind {
            case 0: guard section.unsigned() != nil else { return false }
            case 1: guard section.byte() != nil, readLimits(&section, isMemory: false) else { return false }
            case 2: guard readLimits(&section, isMemory: true) else { return false }
            case 3: guard section.byte() != nil, section.byte() != nil else { return false }
            default: return false
            }
        }
        return true
    }

    private mutating func readLimits(_ section: inout BinaryReader, isMemory: Bool) -> Bool {
        guard let flags = section.byte(), section.unsigned() != nil else { return false }
        if flags & 1 != 0, section.unsigned() == nil { return false }
        if flags & 8 != 0, section.unsigned() == nil { return false }
        if isMemory { memoryFlags.append(flags) }
        return true
    }
}

/// Takes bytes and LEB128 numbers from the front.
private struct BinaryReader {
    var bytes: ArraySlice<UInt8>

    var isAtEnd: Bool { bytes.isEmpty }
    var offset: Int { bytes.startIndex }

    mutating func byte() -> UInt8? { bytes.popFirst() }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }

    /// At most 64 bits, as the limits of a 64-bit memory need; nil beyond `Int.max`.
    mutating func unsigned() -> Int? {
        var (value, shift) = (UInt64(0), UInt64(0))
        while let byte = byte() {
            guard shift < 63 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return Int(value) }
            shift += 7
        }
        return nil
    }
}
