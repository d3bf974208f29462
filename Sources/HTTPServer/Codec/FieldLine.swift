/// One header or trailer field (RFC 9112, section 5).
enum FieldLine {
    /// - Parameter line: without its CRLF.
    /// - Throws: 400 `bad_request` for a folded line, a space before the colon, a name that is no token or a value
    ///   with control characters.
    static func parse(_ line: ArraySlice<UInt8>) throws(HTTPError) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: Syntax.colon) else {
            throw .badRequest("A header field must be a name, a colon and a value on one line.")
        }
        let name = line[..<colon]
        guard !name.isEmpty, Syntax.isToken(name) else {
            throw .badRequest("A header field's name must be a token that ends at its colon.")
        }
        let value = line[(colon + 1)...]
        guard value.allSatisfy(Syntax.isFieldContent) else {
            throw .badRequest("A header field's value may not hold control characters.")
        }
        return (String(decoding: name, as: UTF8.self), String(decoding: Syntax.trimmed(value), as: UTF8.self))
    }
}
