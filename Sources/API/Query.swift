import HTTPServer
import WorkerProtocol

/// The query of a request, read as strictly as a body: what a route does not know is refused.
///
/// Faults point to a parameter as `?` and its name.
struct Query {
    static let limits = 1...1000
    static let usualLimit = 50

    private var values: [String: String] = [:]

    /// - Parameter known: the parameters of the route.
    /// - Throws: 422 for one that is not among them, or is given twice.
    init(_ request: HTTPRequest, known: Set<String> = []) throws(HTTPError) {
        for (name, value) in request.query {
            guard known.contains(name) else {
                throw .unknownField([.init(pointer: "?\(name)", detail: "This parameter is not known.")])
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw .invalidRequest("?\(name)", "This parameter is given twice.")
            }
        }
    }

    subscript(name: String) -> String? { values[name] }

    /// A parameter that `parse` understands; nil if it is not there.
    func value<Value>(_ name: String, expected: String, parse: (String) -> Value?) throws(HTTPError) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = parse(text) else { throw .invalidRequest("?\(name)", "Expected \(expected).") }
        return value
    }

    /// One of the names of an enumeration.
    func choice<Choice>(_ name: String) throws(HTTPError) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return try value(name, expected: "one of: \(names)") { Choice(rawValue: $0) }
    }

    /// The program that the answer is to be about; nil for all.
    func program() throws(HTTPError) -> String? {
        try value("program", expected: Identifiers.programForm) { Identifiers.isProgram($0) ? $0 : nil }
    }

    /// How many items a list's answer is to hold.
    func limit() throws(HTTPError) -> Int {
        let expected = "an integer from \(Self.limits.lowerBound) to \(Self.limits.upperBound)"
        return try value("limit", expected: expected) { text in
            Int(digits: text).flatMap { Self.limits.contains($0) ? $0 : nil }
        } ?? Self.usualLimit
    }

    /// Where a list goes on.
    func cursor<Position>(of list: Cursor, parse: (String) -> Position?) throws(HTTPError) -> Position? {
        try value("cursor", expected: "the next_cursor of an earlier answer of this list") { text in
            list.position(text).flatMap(parse)
        }
    }
}

extension FixedWidthInteger {
    /// Decimal digits and nothing else; nil also when they do not fit.
    init?(digits text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        self.init(text)
    }
}
