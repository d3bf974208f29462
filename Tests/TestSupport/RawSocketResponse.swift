/// A response as it came over the wire, parsed without any code of the server.
public struct RawResponse: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    /// Without chunk sizes.
    public var body: [UInt8]

    /// The first field of this name, whatever its case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The response at the start of `bytes` and its length, or nil while it is not complete.
    /// - Parameter isEnded: the connection has ended, which ends a body that has no other end.
    static func parse(
        _ bytes: [UInt8], isHead: Bool, isEnded: Bool
    ) throws(RawSocket.Failure) -> (RawResponse, length: Int)? {
        guard let headEnd = end(of: "\r\n\r\n", in: bytes, from: 0) else { return nil }
        let lines = String(decoding: bytes[..<(headEnd - 4)], as: UTF8.self).split(separator: "\r\n")
        guard let statusLine = lines.first, statusLine.hasPrefix("HTTP/1.1 "),
            let status = Int(statusLine.split(separator: " ")[1])
        else { throw .malformed(String(decoding: bytes, as: UTF8.self)) }
        var response = RawResponse(status: status, headers: [], body: [])
        for line in lines.dropFirst() {
            guard let colon = line.firstRange(of: ": ") else { throw .malformed(String(line)) }
            response.headers.append((String(line[..<colon.lowerBound]), String(line[colon.upperBound...])))
        }
        if isHead || status < 200 || status == 204 || status == 304 { return (response, headEnd) }
        if let length = response.header("Content-Length").flatMap(Int.init) {
            guard bytes.count >= headEnd + length else { return nil }
            response.body = Array(bytes[headEnd..<(headEnd + length)])
            return (response, headEnd + length)
        }
        if response.header("Transfer-Encoding") == "chunked" {
            guard let end = try response.appendChunks(bytes, from: headEnd) else { return nil }
            return (response, end)
        }
        guard isEnded else { return nil }
        response.body = Array(bytes[headEnd...])
        return (response, bytes.count)
    }

    private mutating func appendChunks(_ bytes: [UInt8], from start: Int) throws(RawSocket.Failure) -> Int? {
        var position = start
        while true {
            guard let lineEnd = Self.end(of: "\r\n", in: bytes, from: position) else { return nil }
            let sizeText = String(decoding: bytes[position..<(lineEnd - 2)], as: UTF8.self)
            guard let size = Int(sizeText, radix: 16) else { throw .malformed("chunk size \(sizeText)") }
            guard bytes.count >= lineEnd + size + 2 else { return nil }
            guard bytes[(lineEnd + size)...].starts(with: "\r\n".utf8) else { throw .malformed("chunk end") }
            body += bytes[lineEnd..<(lineEnd + size)]
            position = lineEnd + size + 2
            if size == 0 { return position }
        }
    }

    private static func end(of text: String, in bytes: [UInt8], from start: Int) -> Int? {
        let pattern = Array(text.utf8)
        guard bytes.count >= pattern.count else { return nil }
        for index in start..<max(start, bytes.count - pattern.count + 1)
        where bytes[index...].starts(with: pattern) {
            return index + pattern.count
        }
        return nil
    }
}
