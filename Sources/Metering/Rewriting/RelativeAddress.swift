/// The place of an access of memory, where the instructions before it give it as a local's value and a distance.
struct RelativeAddress {
    let local: UInt32
    /// Modulo 2³², the access's own offset included.
    let distance: UInt32
    /// Index of the first of the instructions that give it.
    let start: Int

    /// - Parameters:
    ///   - access: a load or a store.
    ///   - index: of the instruction before which the address is on top of the stack.
    init?(of access: Instruction, before index: Int, in body: FunctionBody, _ bytes: [UInt8]) {
        var start = index - 1
        var constant: UInt32 = 0
        if start >= 2, case let code = body.instructions[start].code, code == 0x6A || code == 0x6B {
            guard let number = Self.constant(body.instructions[start - 1], bytes) else { return nil }
            constant = code == 0x6A ? number : 0 &- number
            start -= 2
        }
        guard start >= 0, let local = Self.local(body.instructions[start], bytes),
            let offset = Self.offset(access, bytes)
        else { return nil }
        (self.local, self.start) = (local, start)
        distance = constant &+ offset
    }

    func isApart(from other: RelativeAddress) -> Bool { local == other.local && distance != other.distance }

    private static func constant(_ instruction: Instruction, _ bytes: [UInt8]) -> UInt32? {
        guard instruction.code == 0x41 else { return nil }
        var reader = ByteReader(bytes, instruction.start + 1..<instruction.end)
        return (try? reader.signed(bits: 32)).map { UInt32(truncatingIfNeeded: $0) }
    }

    private static func local(_ instruction: Instruction, _ bytes: [UInt8]) -> UInt32? {
        guard instruction.code == 0x20 else { return nil }
        var reader = ByteReader(bytes, instruction.start + 1..<instruction.end)
        return try? reader.unsigned()
    }

    private static func offset(_ access: Instruction, _ bytes: [UInt8]) -> UInt32? {
        guard access.code < 0xFD00 else { return nil }
        var reader = ByteReader(bytes, access.start + 1..<access.end)
        _ = try? reader.unsigned()
        return try? reader.unsigned()
    }
}
