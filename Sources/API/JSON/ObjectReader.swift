import HTTPServer
import WorkerProtocol

/// Reads the members of a JSON object by type and range, and keeps every fault with its JSON pointer (RFC 6901), so
/// that one answer names them all.
///
/// Each read of a member that is absent or at fault answers nil; `finish()` then throws what was found.
struct ObjectReader {
    struct Fault: Equatable {
        var pointer: String
        var detail: String
    }

    private let members: [String: JSONValue]
    private let pointer: String
    private var unread: Set<String>
    private var faults: [Fault] = []

    /// - Parameter pointer: where in the body the object stands; empty for the whole body.
    /// - Throws: 422 if it is no object.
    init(_ value: JSONValue, at pointer: String = "") throws(HTTPError) {
        guard case .object(let members) = value else {
            throw .invalidRequest([Fault(pointer: pointer, detail: "Expected an object, found \(value.typeName).")])
        }
        self.members = members
        self.pointer = pointer
        unread = Set(members.keys)
    }

    mutating func fault(_ name: String, _ detail: String) {
        faults.append(Fault(pointer: pointer(to: name), detail: detail))
    }

    /// Notes a fault of one element of an array.
    mutating func fault(_ name: String, _ index: Int, _ detail: String) {
        faults.append(Fault(pointer: "\(pointer(to: name))/\(index)", detail: detail))
    }

    /// Notes that a member which must be there is missing.
    mutating func require(_ name: String) {
        if members[name] == nil { fault(name, "This field is required.") }
    }

    mutating func value(_ name: String) -> JSONValue? {
        unread.remove(name)
        return members[name]
    }

    mutating func string(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let string) = value else { return mismatch(name, "a string", value) }
        return string
    }

    mutating func bool(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let bool) = value else { return mismatch(name, "true or false", value) }
        return bool
    }

    mutating func array(_ name: String) -> [JSONValue]? {
        guard let value = value(name) else { return nil }
        guard case .array(let array) = value else { return mismatch(name, "an array", value) }
        return array
    }

    mutating func object(_ name: String) -> [String: JSONValue]? {
        guard let value = value(name) else { return nil }
        guard case .object(let object) = value else { return mismatch(name, "an object", value) }
        return object
    }

    mutating func integer(_ name: String, in range: ClosedRange<UInt64>) -> UInt64? {
        guard let value = value(name) else { return nil }
        let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
        guard case .number(let number) = value else { return mismatch(name, expected, value) }
        guard case .integer(let integer) = number, integer >= 0, range.contains(UInt64(integer)) else {
            fault(name, "Expected \(expected).")
            return nil
        }
        return UInt64(integer)
    }

    /// One of the names of an enumeration.
    mutating func choice<Choice>(_ name: String) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        guard let text = string(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            fault(name, "Expected one of: \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
            return nil
        }
        return choice
    }

    /// - Throws: 422 `unknown_field` if a member was never asked for, else 422 `invalid_request` if any is at fault.
    func finish() throws(HTTPError) {
        let unknown = unread.sorted().map { Fault(pointer: pointer(to: $0), detail: "This field is not known.") }
        if !unknown.isEmpty { throw .unknownField(unknown + faults) }
        if !faults.isEmpty { throw .invalidRequest(faults) }
    }

    private mutating func mismatch<Value>(_ name: String, _ expected: String, _ found: JSONValue) -> Value? {
        fault(name, "Expected \(expected), found \(found.typeName).")
        return nil
    }

    /// The pointer to a member: `~` and `/` in its name are escaped.
    private func pointer(to name: String) -> String {
        let escaped = name.replacing("~", with: "~0").replacing("/", with: "~1")
        return "\(pointer)/\(escaped)"
    }
}
