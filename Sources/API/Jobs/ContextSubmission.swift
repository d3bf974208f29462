import WorkerProtocol

extension StatedContext {
    /// The `context` of a submission.
    /// - Parameter reader: of the context's object.
    init(_ reader: inout ObjectReader) {
        self.init()
        messageId = reader.bytes32("message_id")
        programId = reader.bytes32("program_id")
        source = reader.bytes32("source")
        value = reader.amount("value")
        valueAvailable = reader.amount("value_available")
        blockHeight = reader.integer("block_height", in: 0...UInt64(UInt32.max)).map { UInt32($0) }
        blockTimestamp = reader.integer("block_timestamp", in: 0...(1 << 53) - 1)
        random = reader.bytes32("random")
        replyTo = reader.bytes32("reply_to")
        replyCode = reader.integer("reply_code", in: 0...UInt64(UInt32.max)).map { UInt32($0) }
        signalFrom = reader.bytes32("signal_from")
        if let value, let valueAvailable, value.number > valueAvailable.number {
            reader.fault("value_available", "Expected at least the value, which the message brings.")
        }
    }
}

extension EnvironmentVariables {
    /// The `environment` of a context; what it leaves out has its default.
    init(_ reader: inout ObjectReader) {
        self = .standard
        let multiplier = reader.integer("performance_multiplier", in: 0...UInt64(UInt32.max))
        performanceMultiplier = multiplier.map { UInt32($0) } ?? performanceMultiplier
        existentialDeposit = reader.amount("existential_deposit") ?? existentialDeposit
        mailboxThreshold = reader.integer("mailbox_threshold", in: 0...(1 << 53) - 1) ?? mailboxThreshold
        gasMultiplier = reader.amount("gas_multiplier") ?? gasMultiplier
        // Programs divide by it.
        if gasMultiplier.number == 0 { reader.fault("gas_multiplier", "Expected more than 0.") }
    }
}

extension ObjectReader {
    fileprivate mutating func bytes32(_ name: String) -> Bytes32? {
        guard let text = string(name) else { return nil }
        guard let bytes = Bytes32(hex: text) else {
            fault(name, "Expected 64 hex digits, with or without 0x before them.")
            return nil
        }
        return bytes
    }

    /// A number, or decimal digits where JSON's numbers are too small.
    fileprivate mutating func amount(_ name: String) -> Amount? {
        guard let value = value(name) else { return nil }
        switch value {
        case .number(.integer(let number)) where number >= 0: return Amount(UInt128(number))
        case .number(.unsigned(let number)): return Amount(UInt128(number))
        case .string(let text) where text.utf8.allSatisfy { (48...57).contains($0) }:
            if let number = UInt128(text) { return Amount(number) }
            fallthrough
        default:
            fault(name, "Expected a number from 0 to 2^128 − 1, as a number or as decimal digits in a string.")
            return nil
        }
    }
}
