/// What a request asks for (RFC 9112, section 3.2): a path and a query, decoded.
struct RequestTarget: Sendable {
    /// As sent, without the query; `*` for the asterisk form.
    var path: String
    var segments: [String]
    var query: [(name: String, value: String)] = []

    /// - Throws: 400 `bad_request` for a target of no known form or with a bad percent-encoding.
    init(_ target: ArraySlice<UInt8>) throws(HTTPError) {
        guard !target.isEmpty, target.allSatisfy({ Syntax.isVisible($0) && $0 != UInt8(ascii: "#") }) else {
            throw .badRequest("The request target may hold visible ASCII characters only, and no fragment.")
        }
        if target.elementsEqual("*".utf8) {
            path = "*"
            segments = ["*"]
            return
        }
        let local = try Self.withoutAuthority(target)
        let pathEnd = local.firstIndex(of: UInt8(ascii: "?")) ?? local.endIndex
        path = String(decoding: local[..<pathEnd], as: UTF8.self)
        segments = []
        for segment in local[..<pathEnd].dropFirst().split(separator: slash, omittingEmptySubsequences: false) {
            segments.append(try Self.decoded(segment))
        }
        guard pathEnd < local.endIndex else { return }
        for item in local[(pathEnd + 1)...].split(separator: UInt8(ascii: "&")) {
            let nameEnd = item.firstIndex(of: UInt8(ascii: "=")) ?? item.endIndex
            query.append((try Self.decoded(item[..<nameEnd]), try Self.decoded(item[nameEnd...].dropFirst())))
        }
    }

    /// The origin form of a target: clients of a proxy send the absolute form, which a server must take too.
    private static func withoutAuthority(_ target: ArraySlice<UInt8>) throws(HTTPError) -> ArraySlice<UInt8> {
        if target.first == slash { return target }
        for scheme in ["http://", "https://"] where target.starts(with: scheme.utf8) {
            let rest = target.dropFirst(scheme.utf8.count)
            guard let end = rest.firstIndex(where: { $0 == slash || $0 == UInt8(ascii: "?") }) else { return [slash] }
            return rest[end] == slash ? rest[end...] : [slash] + rest[end...]
        }
        throw .badRequest("The request target must be a path that starts with a slash.")
    }

    private static func decoded(_ text: ArraySlice<UInt8>) throws(HTTPError) -> String {
        guard text.contains(UInt8(ascii: "%")) else { return String(decoding: text, as: UTF8.self) }
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Syntax.hexValue),
                let low = rest.popFirst().flatMap(Syntax.hexValue)
            else { throw .badRequest("A percent sign in the request target must be followed by two hex digits.") }
            bytes.append(high << 4 | low)
        }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw .badRequest("The percent-encoding in the request target must be UTF-8 without NUL.")
        }
        return text
    }
}

private let slash = UInt8(ascii: "/")
