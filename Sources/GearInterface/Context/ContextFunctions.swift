import Digests
import ProgramRuntime
import WorkerProtocol

extension GearFunctions {
    static var context: [GearFunction] {
        [
            GearFunction("gr_message_id", GearCall.messageId, \.context, .bytes(32)),
            GearFunction("gr_program_id", GearCall.programId, \.context, .bytes(32)),
            GearFunction("gr_source", GearCall.source, \.context, .bytes(32)),
            GearFunction("gr_value", GearCall.value, \.context, .bytes(16)),
            GearFunction("gr_value_available", GearCall.valueAvailable, \.context, .bytes(16)),
            GearFunction("gr_block_height", GearCall.blockHeight, \.context, .bytes(4)),
            GearFunction("gr_block_timestamp", GearCall.blockTimestamp, \.context, .bytes(8)),
            GearFunction("gr_gas_available", GearCall.gasAvailable, \.context, .bytes(8)),
            GearFunction("gr_env_vars", GearCall.environment, \.context, .bytes(52), .number),
            GearFunction("gr_random", GearCall.random, \.random, .bytes(36), .hash),
            GearFunction("gr_reply_to", GearCall.replyTo, \.context, .errorThen(32)),
            GearFunction("gr_reply_code", GearCall.replyCode, \.context, .errorThen(4)),
            GearFunction("gr_signal_from", GearCall.signalFrom, \.context, .errorThen(32)),
            GearFunction("gr_signal_code", GearCall.signalCode, \.context, .errorThen(4)),
        ]
    }
}

extension GearCall {
    private var context: JobContext { execution.context }

    func messageId() -> [UInt8] { context.messageId.bytes }
    func programId() -> [UInt8] { context.programId.bytes }
    func source() -> [UInt8] { context.source.bytes }
    func value() -> [UInt8] { context.value.number.littleEndianBytes }
    func valueAvailable() -> [UInt8] { execution.valueAvailable.littleEndianBytes }
    func blockHeight() -> [UInt8] { context.blockHeight.littleEndianBytes }
    func blockTimestamp() -> [UInt8] { context.blockTimestamp.littleEndianBytes }

    /// A program that is not metered has all there can be.
    func gasAvailable() -> [UInt8] { (host.gasLeft ?? .max).littleEndianBytes }

    /// Gear's one layout of them: percent, deposit, threshold, and how much gas a unit of value is or the reverse, of
    /// which one is 0 unless both are 1.
    func environment(version: UInt32) throws(CallFailure) -> [UInt8] {
        guard version == 1 else { throw .panic("gr_env_vars: there is no version \(version)") }
        let variables = context.environment
        let valuePerGas = variables.gasMultiplier.number
        return variables.performanceMultiplier.littleEndianBytes
            + variables.existentialDeposit.number.littleEndianBytes + variables.mailboxThreshold.littleEndianBytes
            + UInt64(valuePerGas == 1 ? 1 : 0).littleEndianBytes + valuePerGas.littleEndianBytes
    }

    /// The block's number, and the SHA-256 of the subject and the job's seed.
    func random(subject: Bytes32) -> [UInt8] { random(subject: subject.bytes) }

    func random(subject: [UInt8]) -> [UInt8] {
        context.blockHeight.littleEndianBytes + SHA256Digest.of(subject + context.random.bytes)
    }

    func replyTo() throws(CallFailure) -> [UInt8] {
        guard let messageId = context.replyTo else { throw .code(.noReplyContext) }
        return messageId.bytes
    }

    func replyCode() throws(CallFailure) -> [UInt8] {
        guard let code = context.replyCode else { throw .code(.noReplyContext) }
        return code.littleEndianBytes
    }

    func signalFrom() throws(CallFailure) -> [UInt8] {
        guard let messageId = context.signalFrom else { throw .code(.noSignalContext) }
        return messageId.bytes
    }

    /// A job does not say why the message failed that a signal speaks of.
    func signalCode() throws(CallFailure) -> [UInt8] {
        throw .code(context.signalFrom == nil ? .noSignalContext : .noStatusCodeContext)
    }
}
