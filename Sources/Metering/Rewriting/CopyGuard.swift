/// Keeps a `memory.copy` of bytes onto themselves from touching them. The system's `memmove` may notice it or not, which
/// depends on the number of bytes and on the processor, and gas would too.
enum CopyGuard {
    /// Takes and returns the operands of a `memory.copy`, with no bytes to copy if they would be copied onto themselves.
    /// A copy beyond the memory is left to trap.
    static let helper = HelperFunction(
        parameters: [.i32, .i32, .i32], results: [.i32, .i32, .i32],
        code: Code(.getLocal(0), .getLocal(1), .i32(0), .getLocal(2))
            + Code(.getLocal(0), .getLocal(1), .equal32)
            + Code(.getLocal(0), .extend, .getLocal(2), .extend, .add)
            + Code(.memorySize, .extend, .i64(16), .shiftLeft, .isNotGreater, .and32, .select, .end))
}
