/// Copies a function's instructions with code put in between.
struct BodyWriter {
    private let original: [UInt8]
    /// Up to where the original is copied.
    private var copied: Int
    private var output: [UInt8] = []

    /// - Parameter localType: of one more local, behind all others.
    init(_ original: [UInt8], _ body: FunctionBody, addingLocal localType: ValueType? = nil) {
        self.original = original
        copied = body.localRuns.lowerBound
        guard let localType else {
            output.append(unsigned: body.localRunCount)
            return
        }
        output.append(unsigned: body.localRunCount + 1)
        copy(upTo: body.localRuns.upperBound)
        output += [1, localType.rawValue]
    }

    private mutating func copy(upTo offset: Int) {
        output += original[copied..<offset]
        copied = offset
    }

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
