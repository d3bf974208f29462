import CWasmtime

/// Why and where a program trapped.
public struct Trap: Equatable, Sendable {
    /// The kind in Wasmtime's terms, in snake_case: `unreachable`, `memory_out_of_bounds`, …
    public let kind: String
    public let message: String
    /// The function's name if the module tells it, else its index.
    public let function: String?
    /// In bytes from the module's start.
    public let codeOffset: UInt64?

    /// Takes the trap over.
    init(consuming trap: OpaquePointer) {
        var code: UInt8 = 0
        let hasCode = wasmtime_trap_code(trap, &code)
        let known = hasCode && Int(code) < Self.kinds.count
        kind = known ? Self.kinds[Int(code)].kind : "other"
        message = known ? Self.kinds[Int(code)].message : Self.message(of: trap)
        if let frame = wasm_trap_origin(trap) {
            function =
                wasmtime_frame_func_name(frame).map { String(wasmName: $0.pointee).clipped }
                ?? String(wasm_frame_func_index(frame))
            // Wasmtime says `SIZE_MAX` where it does not know the place.
            codeOffset = UInt64(exactly: wasm_frame_module_offset(frame))
            wasm_frame_delete(frame)
        } else {
            (function, codeOffset) = (nil, nil)
        }
        wasm_trap_delete(trap)
    }

    private static func message(of trap: OpaquePointer) -> String {
        var bytes = wasm_byte_vec_t()
        wasm_trap_message(trap, &bytes)
        defer { wasm_byte_vec_delete(&bytes) }
        // C strings of this API count their terminator.
        return String(String(wasmName: bytes).prefix { $0 != "\0" })
    }

    /// By Wasmtime's trap codes.
    private static let kinds: [(kind: String, message: String)] = [
        ("stack_overflow", "the call stack is exhausted"),
        ("memory_out_of_bounds", "an access outside the memory"),
        ("heap_misaligned", "a misaligned atomic access"),
        ("table_out_of_bounds", "an access outside a table"),
        ("indirect_call_to_null", "an indirect call of an empty table element"),
        ("bad_signature", "an indirect call of a function of another type"),
        ("integer_overflow", "an integer overflow"),
        ("integer_division_by_zero", "an integer division by zero"),
        ("bad_conversion_to_integer", "a conversion to an integer that cannot hold the number"),
        ("unreachable", "an unreachable instruction was executed"),
    ]
}
