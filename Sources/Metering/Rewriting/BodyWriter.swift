/// A function's new body, without its size.
struct RewrittenBody {
    let bytes: [UInt8]
    /// Ordered; each original byte is in one.
    fileprivate let copies: [Copy]

    /// What was copied in one piece: where it lies in the new body, and in the original module.
    fileprivate struct Copy {
        let start: Int
        let original: Int
    }

    /// Where what lies at an offset of the new body comes from; of what was put in, what comes behind it.
    /// - Returns: an offset in the original module.
    func original(of offset: Int) -> Int? {
        guard let index = copies.lastIndex(where: { $0.start <= offset }) else { return copies.first?.original }
        let original = copies[index].original + offset - copies[index].start
        return index + 1 < copies.count ? min(original, copies[index + 1].original) : original
    }
}

/// Copies a function's instructions with code put in between.
struct BodyWriter {
    private let original: [UInt8]
    /// Of the body in the original.
    private let start: Int
    /// Up to where the original is copied.
    private var copied: Int
    private var output: [UInt8] = []
    private var copies: [RewrittenBody.Copy] = []

    /// - Parameter addedLocals: how many i64 there are more, behind all others.
    init(_ original: [UInt8], _ body: FunctionBody, addedLocals: Int) {
        self.original = original
        start = body.localRuns.lowerBound
        copied = start
        output.append(unsigned: body.localRunCount + (addedLocals > 0 ? 1 : 0))
        copy(upTo: body.localRuns.upperBound)
        if addedLocals > 0 { output += [UInt8(addedLocals), ValueType.i64.rawValue] }
    }

    private mutating func copy(upTo offset: Int) {
        if offset == copied { return }
        copies.append(RewrittenBody.Copy(start: output.count, original: copied))
        output += original[copied..<offset]
        copied = offset
    }

    /// Puts code in front of all instructions.
    mutating func prepend(_ code: Code) { output += code.bytes }

    /// - Parameter offset: in the original; never less than that of an earlier call.
    mutating func insert(_ code: Code, at offset: Int) throws(MeteringError) {
        copy(upTo: offset)
        output += code.bytes
        try checkSize()
    }

    /// Also on the way: what is too large may be many times so.
    private func checkSize() throws(MeteringError) {
        guard output.count <= Limits.bodySize else {
            throw MeteringError(.tooLarge("a function", limit: Limits.bodySize), at: start)
        }
    }

    /// Ends the body with the rest of the original up to the offset.
    consuming func finish(at offset: Int) throws(MeteringError) -> RewrittenBody {
        copy(upTo: offset)
        try checkSize()
        return RewrittenBody(bytes: output, copies: copies)
    }
}
