/// Bytes that came from the peer and are not decoded yet.
///
/// The search for the end of a line resumes where the last one stopped, so that a line that arrives in many pieces
/// costs no more than one that arrives at once.
struct InboundBuffer {
    private var bytes: [UInt8] = []
    private var start = 0
    /// Everything before it holds no line feed.
    private var searched = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ new: UnsafeRawBufferPointer) {
        if start > 0 {
            bytes.removeSubrange(..<start)
            searched -= start
            start = 0
        }
        bytes.append(contentsOf: new)
    }

    /// Takes the next line and leaves out its CRLF; nil while the line is not complete.
    /// - Parameter limit: of the line's bytes without CRLF.
    mutating func takeLine(limit: Int) throws(LineError) -> ArraySlice<UInt8>? {
        guard let end = bytes[searched...].firstIndex(of: Syntax.lineFeed) else {
            searched = bytes.count
            // One more for the carriage return that may be there already.
            guard count <= limit + 1 else { throw .tooLong }
            return nil
        }
        let line = bytes[start..<end]
        guard line.count <= limit + 1 else { throw .tooLong }
        guard line.last == Syntax.carriageReturn else { throw .bareLineFeed }
        start = end + 1
        searched = start
        return line.dropLast()
    }

    /// Takes up to `limit` bytes, whatever they are.
    mutating func take(_ limit: Int) -> ArraySlice<UInt8> {
        let taken = bytes[start..<start + min(limit, count)]
        start = taken.endIndex
        searched = start
        return taken
    }

    /// Gives back the memory of what has been decoded. Idle connections hold on to little.
    mutating func compact() {
        guard isEmpty else { return }
        bytes.removeAll(keepingCapacity: bytes.capacity <= 8_192)
        start = 0
        searched = 0
    }

    enum LineError: Error {
        case tooLong
        case bareLineFeed
    }
}
