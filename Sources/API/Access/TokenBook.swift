import Digests
import HTTPServer

/// The tokens that a service knows, by their hashes.
public struct TokenBook: Sendable {
    var tokens: [TokenEntry]

    init(tokens: [TokenEntry]) { self.tokens = tokens }

    /// - Throws: what is wrong with the document and where, for an operator; no hash is in it.
    public init(json: [UInt8]) throws(TokenBookError) {
        do {
            tokens = try Self.entries(of: try JSONValue(parsing: json))
        } catch {
            throw TokenBookError(reason: error.detail)
        }
    }

    private static func entries(of document: JSONValue) throws(HTTPError) -> [TokenEntry] {
        var reader = try ObjectReader(document)
        reader.require("tokens")
        let items = reader.array("tokens") ?? []
        try reader.finish()
        var entries: [TokenEntry] = []
        for (index, item) in items.enumerated() {
            entries.append(try TokenEntry(item, at: "/tokens/\(index)"))
        }
        return entries
    }

    /// The entry of a token; nil for a token that is not known.
    ///
    /// However much of the token is right, and whichever entry it is: it is compared with all of them, and each comparison
    /// looks at all bytes.
    /// - Parameter isEqual: compares two hashes.
    func entry(
        of token: String, isEqual: (_ known: [UInt8], _ given: [UInt8]) -> Bool = TokenBook.isEqualInConstantTime
    ) -> TokenEntry? {
        let hash = SHA256Digest.of(Array(token.utf8))
        var found: Int?
        for index in tokens.indices where isEqual(tokens[index].hash, hash) { found = index }
        return found.map { tokens[$0] }
    }

    /// Takes the same time for any bytes of the same number.
    static func isEqualInConstantTime(_ known: [UInt8], _ given: [UInt8]) -> Bool {
        guard known.count == given.count else { return false }
        var difference: UInt8 = 0
        for index in known.indices { difference |= known[index] ^ given[index] }
        return difference == 0
    }
}

/// A document of tokens cannot be used.
public struct TokenBookError: Error, Equatable, CustomStringConvertible {
    public var reason: String

    public var description: String { reason }
}
