import WorkerProtocol

extension GearFunctions {
    static var end: [GearFunction] {
        [
            GearFunction("gr_leave", GearCall.leave, \.end, .none),
            GearFunction("gr_exit", GearCall.exit, \.end, .none, .hash),
            GearFunction("gr_panic", GearCall.panic, \.end, .none, .text),
            GearFunction("gr_oom_panic", GearCall.panicOutOfMemory, \.end, .none),
            GearFunction("gr_wait", GearCall.wait, \.end, .none),
            GearFunction("gr_wait_for", GearCall.waitFor, \.end, .none, .number),
            GearFunction("gr_wait_up_to", GearCall.waitFor, \.end, .none, .number),
        ]
    }
}

extension GearCall {
    func leave() throws(CallFailure) -> [UInt8] { throw .host(.ended(.leave)) }

    /// - Parameter inheritor: gets what value the program has; nothing here has value to give.
    func exit(inheritor: Bytes32) throws(CallFailure) -> [UInt8] { throw .host(.ended(.exit)) }

    func panic(_ text: Text) throws(CallFailure) -> [UInt8] { throw .panic(try string(text, limit: Limits.panic)) }

    func panicOutOfMemory() throws(CallFailure) -> [UInt8] { throw .panic("out of memory") }

    func wait() throws(CallFailure) -> [UInt8] {
        if execution.reply.sent != nil { throw .panic("the program cannot wait: it has replied") }
        throw .host(.ended(.wait))
    }

    func waitFor(blocks: UInt32) throws(CallFailure) -> [UInt8] {
        if blocks == 0 { throw .panic("the program cannot wait for 0 blocks") }
        return try wait()
    }
}
