import HTTPServer

/// What a client prefers of the answer to the jobs that it posts: `Prefer` with `wait` and `respond-async` (RFC 7240).
///
/// Preferences that are not known or not understood count as not there.
struct Preferences: Equatable {
    /// The client would rather not wait.
    var respondsAsync = false
    /// How many seconds the client would wait.
    var wait: Int?

    init(_ headers: HTTPHeaders) {
        let field = headers.all("Prefer").joined(separator: ",")
        var known: Set<String> = []
        for preference in Self.split(field[...], at: ",") {
            // Parameters of a preference mean nothing here.
            let parts = Self.split(Self.split(preference, at: ";")[0], at: "=")
            let name = parts[0].trimming(" \t").lowercased()
            // Of a preference that is there twice the first one counts.
            guard parts.count <= 2, known.insert(name).inserted else { continue }
            let value = Self.word(parts.dropFirst().first?.trimming(" \t") ?? "")
            switch name {
            case "respond-async" where value == "": respondsAsync = true
            case "wait": wait = value.flatMap(Self.seconds)
            default: break
            }
        }
    }

    /// How long to wait for the end of jobs.
    func patience(atMost longest: Duration) -> Duration {
        if let wait { return min(.seconds(wait), longest) }
        return respondsAsync ? .zero : longest
    }

    /// The value of `Preference-Applied`; nil if none was.
    /// - Parameter endsEarly: the answer does not wait for the jobs' ends.
    func applied(endsEarly: Bool, atMost longest: Duration) -> String? {
        var applied: [String] = []
        if endsEarly, respondsAsync { applied.append("respond-async") }
        if let wait { applied.append("wait=\(min(wait, Int(longest.components.seconds)))") }
        return applied.isEmpty ? nil : applied.joined(separator: ", ")
    }

    /// The parts between separators that stand outside quoted strings; at least one.
    private static func split(_ text: Substring, at separator: Character) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            switch text[index] {
            case _ where isEscaped: isEscaped = false
            case "\\" where isQuoted: isEscaped = true
            case "\"": isQuoted.toggle()
            case separator where !isQuoted:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        return parts + [text[start...]]
    }

    /// A token, or what a quoted string says; nil for a string without an end.
    private static func word(_ text: String) -> String? {
        guard text.hasPrefix("\"") else { return text }
        guard text.count >= 2, text.hasSuffix("\"") else { return nil }
        return String(text.dropFirst().dropLast()).replacing("\\", with: "")
    }

    /// Digits and nothing else; more than can be counted are as good as for ever.
    private static func seconds(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return min(Int(text) ?? .max, 1 << 31)
    }
}
