import WorkerProtocol

extension GearFunctions {
    static var messages: [GearFunction] {
        [
            GearFunction("gr_send_init", GearCall.beginMessage, \.message, .errorThen(4)),
            GearFunction("gr_send_push", GearCall.push, \.push, .errorThen(0), .number, .payload),
            GearFunction("gr_send_push_input", GearCall.pushInput, \.push, .errorThen(0), .number, .number, .number),
            GearFunction("gr_send_commit", GearCall.commit, \.message, .errorThen(32), .number, .transfer, .number),
            GearFunction(
                "gr_send_commit_wgas", GearCall.commitWithGas, \.message, .errorThen(32), .number, .transfer, .gas,
                .number),
            GearFunction("gr_send", GearCall.send, \.message, .errorThen(32), .transfer, .payload, .number),
            GearFunction(
                "gr_send_wgas", GearCall.sendWithGas, \.message, .errorThen(32), .transfer, .payload, .gas, .number),
            GearFunction(
                "gr_send_input", GearCall.sendInput, \.message, .errorThen(32), .transfer, .number, .number, .number),
            GearFunction(
                "gr_send_input_wgas", GearCall.sendInputWithGas, \.message, .errorThen(32), .transfer, .number,
                .number, .gas, .number),
        ]
    }
}

extension GearCall {
    func beginMessage() throws(CallFailure) -> [UInt8] { try execution.outbox.begin().littleEndianBytes }

    func push(handle: UInt32, _ payload: [UInt8]?) throws(CallFailure) -> [UInt8] {
        guard let payload else { throw .code(.messageTooLarge) }
        try execution.outbox.push(payload, to: handle)
        return []
    }

    func pushInput(handle: UInt32, offset: UInt32, length: UInt32) throws(CallFailure) -> [UInt8] {
        try execution.outbox.push(try inputSlice(offset: offset, length: length), to: handle)
        return []
    }

    func commit(handle: UInt32, _ transfer: Transfer, delay: UInt32) throws(CallFailure) -> [UInt8] {
        try commit(handle, transfer, gasLimit: nil, delay)
    }

    func commitWithGas(
        handle: UInt32, _ transfer: Transfer, gasLimit: UInt64, delay: UInt32
    ) throws(CallFailure) -> [UInt8] {
        try commit(handle, transfer, gasLimit: gasLimit, delay)
    }

    func send(_ transfer: Transfer, _ payload: [UInt8]?, delay: UInt32) throws(CallFailure) -> [UInt8] {
        try send(transfer, payload, gasLimit: nil, delay)
    }

    func sendWithGas(
        _ transfer: Transfer, _ payload: [UInt8]?, gasLimit: UInt64, delay: UInt32
    ) throws(CallFailure) -> [UInt8] {
        try send(transfer, payload, gasLimit: gasLimit, delay)
    }

    func sendInput(
        _ transfer: Transfer, offset: UInt32, length: UInt32, delay: UInt32
    ) throws(CallFailure) -> [UInt8] {
        try send(transfer, try inputSlice(offset: offset, length: length), gasLimit: nil, delay)
    }

    func sendInputWithGas(
        _ transfer: Transfer, offset: UInt32, length: UInt32, gasLimit: UInt64, delay: UInt32
    ) throws(CallFailure) -> [UInt8] {
        try send(transfer, try inputSlice(offset: offset, length: length), gasLimit: gasLimit, delay)
    }

    /// In one call what the three functions for messages in parts do. Where it fails, the handle is used up.
    private func send(
        _ transfer: Transfer, _ payload: [UInt8]?, gasLimit: UInt64?, _ delay: UInt32
    ) throws(CallFailure) -> [UInt8] {
        guard let payload else { throw .code(.messageTooLarge) }
        let handle = try execution.outbox.begin()
        let payment = Payment(gasLimit: gasLimit, value: transfer.value)
        try check(payment, leastGasLimit: execution.context.environment.mailboxThreshold)
        try execution.outbox.push(payload, to: handle)
        return try commit(handle, transfer, gasLimit: gasLimit, delay)
    }

    private func commit(
        _ handle: UInt32, _ transfer: Transfer, gasLimit: UInt64?, _ delay: UInt32
    ) throws(CallFailure) -> [UInt8] {
        let payment = Payment(gasLimit: gasLimit, value: transfer.value)
        try check(payment, leastGasLimit: execution.context.environment.mailboxThreshold)
        let id = try execution.outbox.send(handle, to: transfer.destination, payment, delay: delay)
        try take(payment)
        return id.bytes
    }
}
