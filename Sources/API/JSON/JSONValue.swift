import HTTPServer
import WorkerProtocol

/// A JSON value of a request, before it is known what it should be.
enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// Exact: an integer of 64 bits stays one.
    case number(WasmNumber)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// - Throws: 400 `invalid_json`.
    init(parsing bytes: [UInt8], mostValues: Int = JSONParser.mostValues) throws(HTTPError) {
        do {
            self = try JSONParser.parse(bytes, mostValues: mostValues)
        } catch {
            throw .invalidJSON(error.description)
        }
    }

    /// The value's type, for a sentence that says what was found.
    var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
