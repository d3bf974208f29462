import ProgramRuntime

/// Why a call did not do what it was asked for.
enum CallFailure: Error, Equatable {
    /// The program is told, and goes on.
    case code(ErrorCode)
    /// The program ends.
    case host(HostFailure)

    /// The program did what it must know to be wrong.
    static func panic(_ message: String) -> CallFailure { .host(.ended(.panic(message))) }
}

/// Gear's error codes, as far as they are given here.
enum ErrorCode: UInt32 {
    case notEnoughGas = 100
    case notEnoughValue = 101
    case readLengthTooLarge = 103
    case readOutOfRange = 104
    case noReplyContext = 105
    case noSignalContext = 106
    case noStatusCodeContext = 107
    case replyNotAllowedHere = 108
    case messageTooLarge = 300
    case tooManyMessages = 301
    case duplicateReply = 302
    case alreadySent = 304
    case unknownHandle = 305
    case insufficientValue = 307
    case insufficientGasLimit = 308
    case tooManyMessageBytes = 311
    case inputOffsetOutOfRange = 312
    case inputLengthOutOfRange = 313
    case zeroReservation = 503
    case unsupported = 0xFFFF_FFFF

    /// For people.
    var message: String {
        switch self {
        case .notEnoughGas: "there is not enough gas for the gas limit"
        case .notEnoughValue: "there is not enough value"
        case .readLengthTooLarge: "offset and length exceed 32 bits"
        case .readOutOfRange: "the payload does not reach so far"
        case .noReplyContext: "the message is no reply"
        case .noSignalContext: "the message is no signal"
        case .noStatusCodeContext: "the signal has no code"
        case .replyNotAllowedHere: "a reply or a signal cannot be replied to"
        case .messageTooLarge: "the message is too large"
        case .tooManyMessages: "there are too many messages"
        case .duplicateReply: "the reply has been sent"
        case .alreadySent: "the message has been sent"
        case .unknownHandle: "there is no message with the handle"
        case .insufficientValue: "the value is below the existential deposit"
        case .insufficientGasLimit: "the gas limit is below the mailbox threshold"
        case .tooManyMessageBytes: "all messages together are too large"
        case .inputOffsetOutOfRange: "the offset is behind the payload"
        case .inputLengthOutOfRange: "the payload does not reach so far"
        case .zeroReservation: "no gas is no reservation"
        case .unsupported: "the function is not supported"
        }
    }
}
