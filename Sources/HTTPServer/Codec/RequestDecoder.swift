/// Decodes the requests of one connection, one after another, from bytes in pieces of any size.
///
/// It does no input or output. Feed it with ``append(_:)``, ask for the head, then for the body until
/// ``isBodyComplete``, then for the next head. After an error the bytes that follow have no meaning.
struct RequestDecoder {
    private let limits: HTTPServerConfiguration.Limits
    private var buffer = InboundBuffer()
    private var body = BodyState.complete

    /// The parts of a head that is not complete yet.
    private(set) var line: RequestLine?
    private(set) var headers = HTTPHeaders()
    private var headerBytes = 0
    private var hasSkippedEmptyLine = false

    private enum BodyState {
        case complete
        case remaining(Int)
        case chunked(ChunkedBody)
    }

    init(limits: HTTPServerConfiguration.Limits) { self.limits = limits }

    /// No byte of a next request is here.
    var isEmpty: Bool { line == nil && buffer.isEmpty }

    var isBodyComplete: Bool {
        if case .complete = body { true } else { false }
    }

    /// How much of the body is to come; nil where only its end will tell.
    var remainingBodyBytes: Int? {
        switch body {
        case .complete: 0
        case .remaining(let count): count
        case .chunked: nil
        }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) { buffer.append(bytes) }

    /// The next request's head, or nil while it has not arrived whole.
    /// - Throws: 400, 414, 417, 431, 501 or 505.
    mutating func decodeHead() throws(HTTPError) -> RequestHead? {
        while let text = try takeHeadLine() {
            guard let line else {
                // RFC 9112, section 2.2: some clients send an empty line after a body.
                if text.isEmpty, !hasSkippedEmptyLine {
                    hasSkippedEmptyLine = true
                } else {
                    self.line = try RequestLine(text)
                }
                continue
            }
            if text.isEmpty { return try finishHead(line) }
            try appendField(text)
        }
        return nil
    }

    /// Moves what has arrived of the body to `bytes`.
    /// - Throws: 400 `bad_request` for bad chunks.
    mutating func decodeBody(to bytes: inout [UInt8]) throws(HTTPError) {
        switch body {
        case .complete: return
        case .remaining(let count):
            let part = buffer.take(count)
            bytes.append(contentsOf: part)
            body = part.count == count ? .complete : .remaining(count - part.count)
        case .chunked(var chunks):
            // Taken out while it changes, so that nothing is copied.
            body = .complete
            try chunks.decode(from: &buffer, to: &bytes)
            if !chunks.isComplete { body = .chunked(chunks) }
        }
        buffer.compact()
    }

    private mutating func takeHeadLine() throws(HTTPError) -> ArraySlice<UInt8>? {
        let limit = line == nil ? limits.requestLineBytes : limits.headerSectionBytes - headerBytes
        do {
            return try buffer.takeLine(limit: limit)
        } catch {
            switch error {
            case .bareLineFeed: throw .badRequest("Every line of a request's head must end with CRLF.")
            case .tooLong where line == nil:
                throw HTTPError(
                    status: 414, code: "uri_too_long",
                    detail: "The request line is longer than \(limits.requestLineBytes) bytes.")
            case .tooLong:
                throw headersTooLarge("larger than \(limits.headerSectionBytes) bytes")
            }
        }
    }

    private mutating func appendField(_ text: ArraySlice<UInt8>) throws(HTTPError) {
        headerBytes += text.count + 2
        guard headerBytes <= limits.headerSectionBytes else {
            throw headersTooLarge("larger than \(limits.headerSectionBytes) bytes")
        }
        guard headers.fields.count < limits.headerFields else {
            throw headersTooLarge("of more than \(limits.headerFields) fields")
        }
        let field = try FieldLine.parse(text)
        headers.append(field.name, field.value)
    }

    private func headersTooLarge(_ what: String) -> HTTPError {
        HTTPError(status: 431, code: "header_fields_too_large", detail: "The header section is \(what).")
    }

    private mutating func finishHead(_ line: RequestLine) throws(HTTPError) -> RequestHead {
        let head = try RequestHead(line: line, headers: headers)
        body =
            switch head.framing {
            case .none: .complete
            case .length(let count): .remaining(count)
            case .chunked: .chunked(ChunkedBody(limits: limits))
            }
        self.line = nil
        headers = HTTPHeaders()
        headerBytes = 0
        hasSkippedEmptyLine = false
        buffer.compact()
        return head
    }
}
