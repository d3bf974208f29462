import HTTPServer
import PageStorage

/// The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): a string of structured fields (RFC 9651),
/// or, as many clients send it, its characters without the quotes.
enum IdempotencyHeader {
    static let longest = 255

    /// - Returns: nil if the request has none.
    /// - Throws: 400 `idempotency_key_invalid`.
    static func key(of request: HTTPRequest) throws(HTTPError) -> String? {
        let fields = request.headers.all("Idempotency-Key")
        guard let field = fields.first else { return nil }
        guard fields.count == 1, let key = key(field.trimming(" \t")), (1...longest).contains(key.utf8.count) else {
            throw HTTPError(
                status: 400, code: "idempotency_key_invalid",
                detail: "Expected one Idempotency-Key: 1 to \(longest) printable ASCII characters in double quotes.")
        }
        return key
    }

    private static func key(_ field: String) -> String? {
        field.hasPrefix("\"") ? quoted(field.utf8.dropFirst()) : bare(field)
    }

    /// What stands before the closing quote, which must be the last character.
    private static func quoted(_ text: Substring.UTF8View) -> String? {
        var key: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return rest.isEmpty ? String(decoding: key, as: UTF8.self) : nil
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), [UInt8(ascii: "\""), UInt8(ascii: "\\")].contains(escaped) else {
                    return nil
                }
                key.append(escaped)
            case 0x20...0x7E: key.append(byte)
            default: return nil
            }
        }
        return nil
    }

    private static func bare(_ text: String) -> String? {
        let reserved = Set(#"",;\"#.utf8)
        return text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !reserved.contains($0) } ? text : nil
    }
}

extension IdempotencyKey {
    /// The keys of the jobs of one request, which has one key: the first job has it as it is, so that the same key on a
    /// request of another kind is noticed, the others have it with their place behind a character that no header has.
    func ofJob(at index: Int) -> IdempotencyKey {
        var key = self
        if index > 0 { key.key += "\u{1F}\(index)" }
        return key
    }
}
