/// Copies a function's instructions with code put in between.
struct BodyWriter {
    private let original: [UInt8]
    /// Up to where the original is copied.
    private var copied: Int
    private var output: [UInt8] = []

    /// - Parameter addedLocals: how many i64 there are more, behind all others.
    init(_ original: [UInt8], _ body: FunctionBody, addedLocals: Int) {
        self.original = original
        copied = body.localRuns.lowerBound
        output.append(unsigned: body.localRunCount + (addedLocals > 0 ? 1 : 0))
        copy(upTo: body.localRuns.upperBound)
        if addedLocals > 0 { output += [UInt8(addedLocals), ValueType.i64.rawValue] }
    }

    private mutating func copy(upTo offset: Int) {
        output += original[copied..<offset]
        copied = offset
    }

    /// Puts code in front of all instructions.
    mutating func prepend(_ code: Code) { output += code.bytes }

    /// - Parameter offset: in the original; never less than that of an earlier call.
    mutating func insert(_ code: Code, at offset: Int) {
        copy(upTo: offset)
        output += code.bytes
    }

    /// - Returns: the whole body, with the rest of the original up to the offset.
    consuming func finish(at offset: Int) throws(MeteringError) -> [UInt8] {
        copy(upTo: offset)
        guard output.count <= Limits.bodySize else {
            throw MeteringError(.tooLarge("a function", limit: Limits.bodySize), at: offset)
        }
        return output
    }
}
