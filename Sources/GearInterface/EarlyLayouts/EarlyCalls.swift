import WorkerProtocol

/// Calls with a pointer each for the destination, the value, and the new message's id.
extension GearCall {
    func beginMessage(handle: Output) throws(CallFailure) -> [UInt8] { try write(try beginMessage(), to: handle) }

    func send(
        to destination: Bytes32, _ payload: [UInt8]?, value: UInt128, id: Output
    ) throws(CallFailure) -> [UInt8] {
        try write(try send(Transfer(destination: destination, value: value), payload, delay: 0), to: id)
    }

    func sendWithGas(
        to destination: Bytes32, _ payload: [UInt8]?, gasLimit: UInt64, value: UInt128, id: Output
    ) throws(CallFailure) -> [UInt8] {
        let transfer = Transfer(destination: destination, value: value)
        return try write(try sendWithGas(transfer, payload, gasLimit: gasLimit, delay: 0), to: id)
    }

    func commit(
        handle: UInt32, id: Output, to destination: Bytes32, value: UInt128
    ) throws(CallFailure) -> [UInt8] {
        let transfer = Transfer(destination: destination, value: value)
        return try write(try commit(handle: handle, transfer, delay: 0), to: id)
    }

    func commitWithGas(
        handle: UInt32, id: Output, to destination: Bytes32, gasLimit: UInt64, value: UInt128
    ) throws(CallFailure) -> [UInt8] {
        let transfer = Transfer(destination: destination, value: value)
        return try write(try commitWithGas(handle: handle, transfer, gasLimit: gasLimit, delay: 0), to: id)
    }

    func reply(_ payload: [UInt8]?, value: UInt128, id: Output) throws(CallFailure) -> [UInt8] {
        try write(try reply(payload, value: value), to: id)
    }

    func replyWithGas(
        _ payload: [UInt8]?, gasLimit: UInt64, value: UInt128, id: Output
    ) throws(CallFailure) -> [UInt8] {
        try write(try replyWithGas(payload, gasLimit: gasLimit, value: value), to: id)
    }

    func commitReply(id: Output, value: UInt128) throws(CallFailure) -> [UInt8] {
        try write(try commitReply(value: value), to: id)
    }

    func commitReply(value: UInt128, id: Output) throws(CallFailure) -> [UInt8] {
        try write(try commitReply(value: value), to: id)
    }

    func commitReplyWithGas(gasLimit: UInt64, value: UInt128, id: Output) throws(CallFailure) -> [UInt8] {
        try write(try commitReplyWithGas(gasLimit: gasLimit, value: value), to: id)
    }
}
