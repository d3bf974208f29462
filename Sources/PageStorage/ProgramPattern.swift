/// Programs by their ids.
public enum ProgramPattern: Hashable, Sendable {
    case id(String)
    /// All whose ids begin so.
    case prefix(String)

    public func matches(_ program: String) -> Bool {
        switch self {
        case .id(let id): program == id
        case .prefix(let prefix): program.utf8.starts(with: prefix.utf8)
        }
    }
}

extension [ProgramPattern] {
    /// A condition in SQL: that one of the patterns matches.
    /// - Parameters:
    ///   - column: holds a program's id, and is compared byte by byte.
    ///   - bind: takes a parameter's value and answers how the statement names it; called in the order of the names.
    func condition(on column: String, bind: (String) -> String) -> String {
        let alternatives = map { pattern in
            switch pattern {
            case .id(let id): return "\(column) = \(bind(id))"
            case .prefix(""): return "TRUE"
            case .prefix(let prefix):
                return "\(column) >= \(bind(prefix)) AND \(column) < \(bind(Self.end(ofThoseWith: prefix)))"
            }
        }
        return isEmpty ? "FALSE" : "(\(alternatives.joined(separator: " OR ")))"
    }

    /// The first text behind all that begin with `prefix`. Ids are ASCII, so that there is a next character.
    private static func end(ofThoseWith prefix: String) -> String {
        var bytes = [UInt8](prefix.utf8)
        bytes[bytes.count - 1] += 1
        return String(decoding: bytes, as: UTF8.self)
    }
}
