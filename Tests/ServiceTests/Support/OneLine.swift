import Testing

/// Expects that the command says in one line what is wrong, with these words in it.
func expectOneLine(
    _ text: String, names: [String], sourceLocation: SourceLocation = #_sourceLocation
) {
    let lines = text.split(separator: "\n")
    #expect(lines.count == 1, "\(text)", sourceLocation: sourceLocation)
    #expect(text.hasPrefix("lazypages: "), "\(text)", sourceLocation: sourceLocation)
    for name in names { #expect(text.contains(name), "\(text)", sourceLocation: sourceLocation) }
}
