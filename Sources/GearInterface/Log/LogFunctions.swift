extension GearFunctions {
    static var log: [GearFunction] {
        [GearFunction("gr_debug", GearCall.debug, \.log, .none, .text)]
    }
}

extension GearCall {
    func debug(_ text: Text) throws(CallFailure) -> [UInt8] {
        execution.log.add(try string(text, limit: max(execution.log.room, 0)), size: text.interval.size)
        return []
    }
}
