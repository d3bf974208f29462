extension ByteReader {
    /// Reads over an element segment, and checks the functions that it names.
    mutating func skipElementSegment(_ spaces: IndexSpaces) throws(MeteringError) {
        let start = offset
        let flags = try unsigned()
        guard flags < 8 else { throw MeteringError(.malformedElementSegment(flags: flags), at: start) }
        let (isPassive, hasNumberOrKind, isOfExpressions) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
        if !isPassive {
            if hasNumberOrKind { _ = try unsigned() }
            try skipConstantExpression(spaces)
        }
        if isPassive || hasNumberOrKind {
            if isOfExpressions { _ = try referenceType() } else { try skip(1) }
        }
        for _ in 0..<(try count()) {
            if isOfExpressions { try skipConstantExpression(spaces) } else { try index(.function, spaces) }
        }
    }
}
