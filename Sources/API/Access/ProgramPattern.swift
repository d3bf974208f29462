/// A program's id, or with `*` at its end all ids that begin so.
public struct ProgramPattern: Hashable, Sendable {
    public let text: String
    private let prefix: String?

    /// Nil for what is neither.
    public init?(_ text: String) {
        let isPrefix = text.hasSuffix("*")
        let literal = isPrefix ? String(text.dropLast()) : text
        guard (isPrefix && literal.isEmpty) || Identifiers.isProgram(literal) else { return nil }
        self.text = text
        prefix = isPrefix ? literal : nil
    }

    func matches(_ program: String) -> Bool { prefix.map(program.hasPrefix) ?? (program == text) }
}
