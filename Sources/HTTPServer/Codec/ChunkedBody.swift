/// Decodes the chunked transfer coding (RFC 9112, section 7.1). Extensions and trailers are checked and dropped.
struct ChunkedBody {
    private let limits: HTTPServerConfiguration.Limits
    private var state = State.size
    /// Bytes of chunk extensions and trailers so far: what a client can make the server read beside the body itself.
    private var overhead = 0

    private enum State: Equatable {
        case size
        case data(remaining: Int)
        case dataEnd
        case trailers
        case complete
    }

    init(limits: HTTPServerConfiguration.Limits) { self.limits = limits }

    var isComplete: Bool { state == .complete }

    /// Moves what has arrived of the body from `buffer` to `body`.
    /// - Throws: 400 `bad_request`.
    mutating func decode(from buffer: inout InboundBuffer, to body: inout [UInt8]) throws(HTTPError) {
        while state != .complete {
            switch state {
            case .size:
                guard let line = try takeLine(from: &buffer) else { return }
                let size = try chunkSize(line)
                state = size == 0 ? .trailers : .data(remaining: size)
            case .data(let remaining):
                let bytes = buffer.take(remaining)
                if bytes.isEmpty { return }
                body.append(contentsOf: bytes)
                state = bytes.count == remaining ? .dataEnd : .data(remaining: remaining - bytes.count)
            case .dataEnd:
                guard let line = try takeLine(from: &buffer) else { return }
                guard line.isEmpty else { throw .badRequest("A chunk is longer than its size says.") }
                state = .size
            case .trailers:
                guard let line = try takeLine(from: &buffer) else { return }
                if line.isEmpty {
                    state = .complete
                } else {
                    _ = try FieldLine.parse(line)
                    try count(overhead: line.count + 2)
                }
            case .complete: return
            }
        }
    }

    private func takeLine(from buffer: inout InboundBuffer) throws(HTTPError) -> ArraySlice<UInt8>? {
        let limit =
            switch state {
            case .dataEnd: 0
            case .trailers: limits.trailerBytes
            default: limits.chunkSizeLineBytes
            }
        do {
            return try buffer.takeLine(limit: limit)
        } catch {
            switch error {
            case .tooLong: throw .badRequest("A line of the chunked body is longer than \(limit) bytes.")
            case .bareLineFeed: throw .badRequest("Every line of a chunked body must end with CRLF.")
            }
        }
    }

    private mutating func chunkSize(_ line: ArraySlice<UInt8>) throws(HTTPError) -> Int {
        let digits = line.prefix { $0 != UInt8(ascii: ";") }
        let extensions = line[digits.endIndex...]
        guard !digits.isEmpty, extensions.allSatisfy(Syntax.isFieldContent) else {
            throw .badRequest("A chunk must start with its size in hex digits.")
        }
        var size = 0
        for digit in digits {
            guard let value = Syntax.hexValue(digit) else {
                throw .badRequest("A chunk must start with its size in hex digits.")
            }
            guard size <= Int.max >> 4 else { throw .badRequest("A chunk's size is too large.") }
            size = size << 4 | Int(value)
        }
        try count(overhead: extensions.count)
        return size
    }

    private mutating func count(overhead bytes: Int) throws(HTTPError) {
        overhead += bytes
        guard overhead <= limits.trailerBytes else {
            throw .badRequest("Chunk extensions and trailers are larger than \(limits.trailerBytes) bytes.")
        }
    }
}
