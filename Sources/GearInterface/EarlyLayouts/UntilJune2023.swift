extension GearFunctions {
    /// Replies had a delay; errors were told by the length of their encoded form, which `gr_error` gave.
    static var untilJune2023: [GearFunction] {
        [
            GearFunction("free", GearCall.free, \.memory, .none, .number),
            GearFunction("gr_error", GearCall.error, \.context, .bytes(4), .newByte),
            GearFunction("gr_origin", GearCall.source, \.context, .bytes(32)),
            GearFunction("gr_status_code", GearCall.replyCode, \.context, .errorThen(4)),
            GearFunction("gr_random", GearCall.randomOfPayload, \.random, .bytes(36), .payload),
            GearFunction(
                "gr_reply", GearCall.replyLater, \.message, .errorThen(32), .payload, .earlyOptionalValue, .number),
            GearFunction(
                "gr_reply_wgas", GearCall.replyLaterWithGas, \.message, .errorThen(32), .payload, .gas,
                .earlyOptionalValue, .number),
            GearFunction(
                "gr_reply_commit", GearCall.commitReplyLater, \.message, .errorThen(32), .earlyOptionalValue, .number),
            GearFunction(
                "gr_reply_commit_wgas", GearCall.commitReplyLaterWithGas, \.message, .errorThen(32), .gas,
                .earlyOptionalValue, .number),
            GearFunction(
                "gr_reply_input", GearCall.replyInputLater, \.message, .errorThen(32), .number, .number,
                .earlyOptionalValue, .number),
            GearFunction(
                "gr_reply_input_wgas", GearCall.replyInputLaterWithGas, \.message, .errorThen(32), .number, .number,
                .gas, .earlyOptionalValue, .number),
            GearFunction(
                "gr_reservation_reply", GearCall.refuse, \.unsupported, .errorThen(32),
                .unused(.i32, .i32, .i32, .i32)),
            GearFunction(
                "gr_reservation_reply_commit", GearCall.refuse, \.unsupported, .errorThen(32), .unused(.i32, .i32)),
            GearFunction("gr_pay_program_rent", GearCall.refuse, \.unsupported, .errorThen(20), .unused(.i32)),
        ]
    }
}

extension Parameter where Value == UInt128 {
    /// Until February 2023 the largest signed number stood for no value.
    fileprivate static var earlyOptionalValue: Self { value(unlessAt: [.max, UInt32(Int32.max)]) }
}

extension GearCall {
    /// Of Gear's encoded errors the one that says nothing, one byte; and 0, for no error in giving it.
    func error(_ buffer: Output) throws(CallFailure) -> [UInt8] {
        try write([0], to: buffer)
        return UInt32(0).littleEndianBytes
    }

    func randomOfPayload(_ subject: [UInt8]?) throws(CallFailure) -> [UInt8] {
        guard let subject else { throw .code(.messageTooLarge) }
        return random(subject: subject)
    }

    // A reply's delay is dropped: Gear took it for 0 before it took it away.

    func replyLater(_ payload: [UInt8]?, value: UInt128, delay: UInt32) throws(CallFailure) -> [UInt8] {
        try reply(payload, value: value)
    }

    func replyLaterWithGas(
        _ payload: [UInt8]?, gasLimit: UInt64, value: UInt128, delay: UInt32
    ) throws(CallFailure) -> [UInt8] {
        try replyWithGas(payload, gasLimit: gasLimit, value: value)
    }

    func commitReplyLater(value: UInt128, delay: UInt32) throws(CallFailure) -> [UInt8] {
        try commitReply(value: value)
    }

    func commitReplyLaterWithGas(gasLimit: UInt64, value: UInt128, delay: UInt32) throws(CallFailure) -> [UInt8] {
        try commitReplyWithGas(gasLimit: gasLimit, value: value)
    }

    func replyInputLater(
        offset: UInt32, length: UInt32, value: UInt128, delay: UInt32
    ) throws(CallFailure) -> [UInt8] {
        try replyInput(offset: offset, length: length, value: value)
    }

    func replyInputLaterWithGas(
        offset: UInt32, length: UInt32, gasLimit: UInt64, value: UInt128, delay: UInt32
    ) throws(CallFailure) -> [UInt8] {
        try replyInputWithGas(offset: offset, length: length, gasLimit: gasLimit, value: value)
    }
}
