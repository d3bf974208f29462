/// A module that has nothing but a memory, exported as `memory`.
///
/// Wasmtime makes a host's own memory without asking the host's memory creator, which only instances' memories reach. So
/// the memory that a program imports is that of an instance of such a module.
enum MemoryModule {
    /// - Parameters: in Wasm pages.
    static func binary(minimum: UInt64, maximum: UInt64?) -> [UInt8] {
        let limits = [UInt8(maximum == nil ? 0 : 1)] + leb128(minimum) + (maximum.map(leb128) ?? [])
        let memories = [1] + limits
        let exports: [UInt8] = [1, 6] + Array("memory".utf8) + [2, 0]
        return [0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0]
            + [5, UInt8(memories.count)] + memories
            + [7, UInt8(exports.count)] + exports
    }

    private static func leb128(_ value: UInt64) -> [UInt8] {
        var (bytes, rest) = ([UInt8](), value)
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
