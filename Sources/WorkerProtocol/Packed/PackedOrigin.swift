extension PackedWriter {
    mutating func write(_ origin: JobOrigin) {
        write(origin.requestId)
        write(optional: origin.token) { $0.write($1) }
        write(origin.traceparent)
    }
}

extension PackedReader {
    mutating func origin() throws(MessageError) -> JobOrigin {
        let requestId = try text()
        let token = try optional { reader throws(MessageError) in try reader.text() }
        return JobOrigin(requestId: requestId, token: token, traceparent: try text())
    }
}
