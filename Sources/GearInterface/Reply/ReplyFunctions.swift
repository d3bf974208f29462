extension GearFunctions {
    static var reply: [GearFunction] {
        [
            GearFunction("gr_reply", GearCall.reply, \.message, .errorThen(32), .payload, .optionalValue),
            GearFunction(
                "gr_reply_wgas", GearCall.replyWithGas, \.message, .errorThen(32), .payload, .gas, .optionalValue),
            GearFunction("gr_reply_push", GearCall.pushReply, \.push, .errorThen(0), .payload),
            GearFunction("gr_reply_commit", GearCall.commitReply, \.message, .errorThen(32), .optionalValue),
            GearFunction(
                "gr_reply_commit_wgas", GearCall.commitReplyWithGas, \.message, .errorThen(32), .gas, .optionalValue),
            GearFunction(
                "gr_reply_input", GearCall.replyInput, \.message, .errorThen(32), .number, .number, .optionalValue),
            GearFunction(
                "gr_reply_input_wgas", GearCall.replyInputWithGas, \.message, .errorThen(32), .number, .number, .gas,
                .optionalValue),
            GearFunction("gr_reply_push_input", GearCall.pushReplyInput, \.push, .errorThen(0), .number, .number),
        ]
    }
}

extension GearCall {
    func reply(_ payload: [UInt8]?, value: UInt128) throws(CallFailure) -> [UInt8] {
        try reply(payload, Payment(gasLimit: nil, value: value))
    }

    func replyWithGas(_ payload: [UInt8]?, gasLimit: UInt64, value: UInt128) throws(CallFailure) -> [UInt8] {
        try reply(payload, Payment(gasLimit: gasLimit, value: value))
    }

    func pushReply(_ payload: [UInt8]?) throws(CallFailure) -> [UInt8] {
        guard let payload else { throw .code(.messageTooLarge) }
        try execution.reply.push(payload)
        return []
    }

    func commitReply(value: UInt128) throws(CallFailure) -> [UInt8] {
        try reply([], Payment(gasLimit: nil, value: value))
    }

    func commitReplyWithGas(gasLimit: UInt64, value: UInt128) throws(CallFailure) -> [UInt8] {
        try reply([], Payment(gasLimit: gasLimit, value: value))
    }

    func replyInput(offset: UInt32, length: UInt32, value: UInt128) throws(CallFailure) -> [UInt8] {
        try reply(try inputSlice(offset: offset, length: length), Payment(gasLimit: nil, value: value))
    }

    func replyInputWithGas(
        offset: UInt32, length: UInt32, gasLimit: UInt64, value: UInt128
    ) throws(CallFailure) -> [UInt8] {
        try reply(try inputSlice(offset: offset, length: length), Payment(gasLimit: gasLimit, value: value))
    }

    func pushReplyInput(offset: UInt32, length: UInt32) throws(CallFailure) -> [UInt8] {
        try execution.reply.push(try inputSlice(offset: offset, length: length))
        return []
    }

    private func reply(_ payload: [UInt8]?, _ payment: Payment) throws(CallFailure) -> [UInt8] {
        guard let payload else { throw .code(.messageTooLarge) }
        try check(payment, leastGasLimit: 0)
        let id = try execution.reply.send(payload, payment)
        try take(payment)
        return id.bytes
    }
}
