extension GearFunctions {
    /// In all layouts until then numbers were results, and the payload was read without an error code.
    static var untilOctober2022: [GearFunction] {
        [
            GearFunction("gr_size", GearCall.size, \.context, .number(.i32)),
            GearFunction("gr_read", GearCall.readInput, \.input, .none, .number, .buffer),
            GearFunction("gr_block_height", GearCall.blockHeight, \.context, .number(.i32)),
            GearFunction("gr_block_timestamp", GearCall.blockTimestamp, \.context, .number(.i64)),
            GearFunction("gr_gas_available", GearCall.gasAvailable, \.context, .number(.i64)),
            GearFunction("gr_exit_code", GearCall.replyCode, \.context, .number(.i32)),
            GearFunction("gr_msg_id", GearCall.messageId, \.context, .bytes(32)),
            GearFunction("gr_reply_to", GearCall.replyTo, \.context, .bytes(32)),
            GearFunction("gr_wake", GearCall.refuse, \.unsupported, .none, .unused(.i32)),
        ]
    }

    /// Since June 2022, when `gr_error` gave the error that the last function had.
    static var untilSeptember2022: [GearFunction] {
        messagesWithPointers(.errorCode) + [
            GearFunction("gr_error", GearCall.error, \.context, .none, .newByte),
            GearFunction("gr_send_init", GearCall.beginMessage, \.message, .errorCode, .newNumber),
            GearFunction("gr_reply_commit", GearCall.commitReply, \.message, .errorCode, .value, .newHash),
            GearFunction(
                "gr_reply_wgas", GearCall.replyWithGas, \.message, .errorCode, .payload, .gas, .value, .newHash),
            GearFunction(
                "gr_reply_commit_wgas", GearCall.commitReplyWithGas, \.message, .errorCode, .gas, .value, .newHash),
            GearFunction(
                "gr_create_program", GearCall.refuse, \.unsupported, .errorCode,
                .unused(.i32, .i32, .i32, .i32, .i32, .i32, .i32)),
            GearFunction(
                "gr_create_program_wgas", GearCall.refuse, \.unsupported, .errorCode,
                .unused(.i32, .i32, .i32, .i32, .i32, .i64, .i32, .i32)),
        ]
    }

    /// Since April 2022, when functions began to answer with error codes.
    static var untilJune2022: [GearFunction] {
        messagesWithPointers(.errorCode) + [
            GearFunction("gr_send_init", GearCall.beginMessage, \.message, .errorCode, .newNumber),
            GearFunction("gr_reply_commit", GearCall.commitReply, \.message, .errorCode, .newHash, .value),
            GearFunction(
                "gr_create_program_wgas", GearCall.refuse, \.unsupported, .none,
                .unused(.i32, .i32, .i32, .i32, .i32, .i64, .i32, .i32)),
        ]
    }

    /// An error ended the program.
    static var untilApril2022: [GearFunction] {
        messagesWithPointers(.none) + [
            GearFunction("gr_send_init", GearCall.beginMessage, \.message, .number(.i32)),
            GearFunction("gr_reply_commit", GearCall.commitReply, \.message, .none, .newHash, .value),
            GearFunction(
                "gr_create_program_wgas", GearCall.refuse, \.unsupported, .none,
                .unused(.i32, .i32, .i32, .i32, .i32, .i64, .i32, .i32)),
        ]
    }

    /// Destination, value and the new message's id had a pointer each.
    private static func messagesWithPointers(_ answer: Answer) -> [GearFunction] {
        [
            GearFunction("gr_reply", GearCall.reply, \.message, answer, .payload, .value, .newHash),
            GearFunction("gr_reply_push", GearCall.pushReply, \.push, answer, .payload),
            GearFunction("gr_send", GearCall.send, \.message, answer, .hash, .payload, .value, .newHash),
            GearFunction(
                "gr_send_wgas", GearCall.sendWithGas, \.message, answer, .hash, .payload, .gas, .value, .newHash),
            GearFunction(
                "gr_send_commit", GearCall.commit, \.message, answer, .number, .newHash, .hash, .value),
            GearFunction(
                "gr_send_commit_wgas", GearCall.commitWithGas, \.message, answer, .number, .newHash, .hash, .gas,
                .value),
            GearFunction("gr_send_push", GearCall.push, \.push, answer, .number, .payload),
        ]
    }
}
