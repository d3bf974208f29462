import PageStorage

extension ProgramPattern {
    /// A program's id, or with `*` at its end all ids that begin so; nil for what is neither.
    init?(text: String) {
        guard text.hasSuffix("*") else {
            guard Identifiers.isProgram(text) else { return nil }
            self = .id(text)
            return
        }
        let prefix = String(text.dropLast())
        guard prefix.isEmpty || Identifiers.isProgram(prefix) else { return nil }
        self = .prefix(prefix)
    }
}
