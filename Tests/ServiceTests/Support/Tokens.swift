import Foundation

/// Tokens made by the command itself.
struct Tokens {
    /// By name.
    private(set) var texts: [String: String] = [:]
    private var entries: [String] = []

    /// Makes a token with `lazypages token new`.
    mutating func add(_ name: String, _ options: String...) async throws {
        let made = try await Executable.run(["token", "new", "--name", name] + options)
        guard made.end == .exited(0), let text = made.errors.split(whereSeparator: \.isWhitespace).last else {
            throw TestService.Failure(description: made.errors)
        }
        texts[name] = String(text)
        entries.append(made.output)
    }

    /// What a service knows of them.
    var document: String { #"{"tokens":[\#(entries.joined(separator: ","))]}"# }

    func header(_ name: String) -> [(name: String, value: String)] {
        [(name: "Authorization", value: "Bearer \(texts[name] ?? "")")]
    }
}
