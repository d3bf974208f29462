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

    /// - Returns: what follows the code of an unsupported instruction; nil for one that opens or closes a control block or
    ///   of which nothing is known, and for other faults.
    static func immediates(of fault: MeteringError) -> Immediates? {
        guard case .unsupportedInstruction(let code, _) = fault.reason else { return nil }
        return switch (code >> 16, code & 0xFFFF) {
        // throw, rethrow, call_ref, return_call_ref, br_on_null, br_on_non_null
        case (0, 0x08...0x09), (0, 0x14...0x15), (0, 0xD5...0xD6): .index
        // throw_ref, ref.eq, ref.as_non_null
        case (0, 0x0A), (0, 0xD3...0xD4): Immediates.none
        case (0xFC, 0x12): .memory
        case (0xFD, 0x100...0x114): Immediates.none
        case (0xFE, 0x00...0x02), (0xFE, 0x10...0x4E): .address
        // atomic.fence
        case (0xFE, 0x03): .lane
        default: nil
        }
    }
}
