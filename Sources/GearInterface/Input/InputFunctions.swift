extension GearFunctions {
    static var input: [GearFunction] {
        [
            GearFunction("gr_size", GearCall.size, \.context, .bytes(4)),
            GearFunction("gr_read", GearCall.readInput, \.input, .errorThen(0), .number, .buffer),
        ]
    }
}

extension GearCall {
    func size() -> [UInt8] { UInt32(clamping: execution.payload.count).littleEndianBytes }

    /// Fills the buffer from the payload.
    func readInput(at offset: UInt32, into buffer: Output) throws(CallFailure) -> [UInt8] {
        let (end, overflow) = offset.addingReportingOverflow(buffer.interval.size)
        if overflow { throw .code(.readLengthTooLarge) }
        guard end <= execution.payload.count else { throw .code(.readOutOfRange) }
        return try write(Array(execution.payload[Int(offset)..<Int(end)]), to: buffer)
    }

    /// A slice of the payload, which is paid by its size, to be sent on.
    func inputSlice(offset: UInt32, length: UInt32) throws(CallFailure) -> [UInt8] {
        guard offset < execution.payload.count else { throw .code(.inputOffsetOutOfRange) }
        guard UInt64(offset) + UInt64(length) <= execution.payload.count else { throw .code(.inputLengthOutOfRange) }
        try charge(UInt64(length) * weights.byte)
        return Array(execution.payload[Int(offset)..<Int(offset) + Int(length)])
    }
}
