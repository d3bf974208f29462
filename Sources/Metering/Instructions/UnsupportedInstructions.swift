/// Instructions that WebAssembly knows and that are not served, so that a refusal can say why.
enum UnsupportedInstructions {
    /// - Parameter number: behind a prefix.
    /// - Returns: the name of the proposal that the instruction belongs to.
    static func proposal(prefix: UInt8?, number: UInt32) -> String? {
        switch (prefix, number) {
        case (nil, 0x06...0x0A), (nil, 0x18...0x19), (nil, 0x1F): "exception handling"
        case (nil, 0x14...0x15), (nil, 0xD3...0xD6): "function references"
        case (nil, 0xE0...0xE5): "stack switching"
        case (0xFB, _): "garbage collection"
        case (0xFC, 0x12): "memory control"
        case (0xFD, 0x100...0x114): "relaxed SIMD"
        case (0xFE, _): "threads"
        default: nil
        }
    }
}
