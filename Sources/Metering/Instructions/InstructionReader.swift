extension ByteReader {
    /// Reads one instruction with its immediates.
    /// - Parameter opcodes: ``OpcodeTable/opcodes``.
    mutating func instruction(_ opcodes: [Opcode?], _ spaces: IndexSpaces) throws(MeteringError) -> Instruction {
        let start = offset
        let code = try instructionCode()
        guard let opcode = opcodes[Int(code)] else {
            throw MeteringError(.unknownInstruction(code: UInt32(code)), at: start)
        }
        let label = try immediates(opcode.immediates, spaces)
        return Instruction(
            code: code, weight: opcode.weight, flow: opcode.flow, label: label, start: start, end: offset)
    }

    mutating func skip(_ immediates: Immediates, _ spaces: IndexSpaces) throws(MeteringError) {
        _ = try self.immediates(immediates, spaces)
    }

    private mutating func instructionCode() throws(MeteringError) -> UInt16 {
        let start = offset
        let byte = try byte()
        let isPrefix = byte >= 0xFB && byte <= 0xFE
        let number = isPrefix ? try unsigned() : UInt32(byte)
        if let proposal = UnsupportedInstructions.proposal(prefix: isPrefix ? byte : nil, number: number) {
            let code = isPrefix ? UInt32(byte) << 16 | number : number
            throw MeteringError(.unsupportedInstruction(code: code, proposal: proposal), at: start)
        }
        guard isPrefix else { return UInt16(byte) }
        guard number <= 0xFF else { throw MeteringError(.unknownInstruction(code: number), at: start) }
        return UInt16(byte) << 8 | UInt16(number)
    }

    /// - Returns: the outermost label; 0 for what is no branch.
    private mutating func immediates(_ immediates: Immediates, _ spaces: IndexSpaces) throws(MeteringError) -> UInt32 {
        switch immediates {
        case .none: break
        case .blockType: try skipBlockType(spaces)
        case .label: return try unsigned()
        case .labels:
            var outermost: UInt32 = 0
            for _ in 0...(try count()) { outermost = max(outermost, try unsigned()) }
            return outermost
        case .function: try index(.function, spaces)
        case .global: try index(.global, spaces)
        case .local: try index(.local, spaces)
        case .index: _ = try unsigned()
        case .twoIndices:
            _ = try unsigned()
            _ = try unsigned()
        case .typeAndIndex:
            try index(.type, spaces)
            _ = try unsigned()
        case .memory: try skipMemory()
        case .twoMemories:
            try skipMemory()
            try skipMemory()
        case .indexAndMemory:
            _ = try unsigned()
            try skipMemory()
        case .address: try skipAddress()
        case .addressAndLane:
            try skipAddress()
            try skip(1)
        case .lane: try skip(1)
        case .sixteenLanes, .v128: try skip(16)
        case .i32: try signed(bits: 32)
        case .i64: try signed(bits: 64)
        case .f32: try skip(4)
        case .f64: try skip(8)
        case .heapType: _ = try heapType()
        case .valueTypes: for _ in 0..<(try count()) { _ = try valueType() }
        }
        return 0
    }

    private mutating func skipBlockType(_ spaces: IndexSpaces) throws(MeteringError) {
        let start = offset
        var ahead = self
        switch try ahead.byte() {
        case 0x40: self = ahead
        case 0x41...0x7F: _ = try valueType()
        case let byte:
            let type = try signed(bits: 33)
            guard type >= 0 else { throw MeteringError(.malformedType(byte), at: start) }
            guard type < spaces.types else { throw MeteringError(.indexOutOfRange(.type, UInt32(type)), at: start) }
            if spaces.wideTypes.contains(Int(type)) {
                throw MeteringError(
                    .tooLarge("the number of a block's parameters", limit: Limits.valueCount), at: start)
            }
        }
    }

    private mutating func skipMemory() throws(MeteringError) {
        let start = offset
        guard try byte() == 0 else { throw MeteringError(.unsupportedFeature("a second memory"), at: start) }
    }

    private mutating func skipAddress() throws(MeteringError) {
        let start = offset
        // In the proposal for several memories, a bit of the alignment says that a memory's number follows.
        guard try unsigned() < 64 else { throw MeteringError(.unsupportedFeature("a second memory"), at: start) }
        _ = try unsigned()
    }

    /// A constant expression, up to and with its end.
    mutating func skipConstantExpression(_ spaces: IndexSpaces) throws(MeteringError) {
        let opcodes = OpcodeTable.opcodes
        while true {
            let instruction = try instruction(opcodes, spaces)
            if instruction.flow == .end { return }
            guard Self.constants.contains(instruction.code) else {
                let name = OpcodeTable.names[instruction.code, default: ""]
                throw MeteringError(.notConstant(name), at: instruction.start)
            }
        }
    }

    private static let constants: Set<UInt16> = [
        0x23, 0x41, 0x42, 0x43, 0x44, 0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E, 0xD0, 0xD2, 0xFD0C,
    ]
}
