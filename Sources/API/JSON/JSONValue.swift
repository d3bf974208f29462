import Foundation
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
    init(parsing bytes: [UInt8], mostValues: Int = JSONScan.mostValues) throws(HTTPError) {
        do {
            try JSONScan.check(bytes, mostValues: mostValues)
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch let fault as JSONScan.Fault {
            throw .invalidJSON(fault.description)
        } catch {
            throw .invalidJSON("The body is not JSON in UTF-8.")
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

extension JSONValue: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let string = try? container.decode(String.self) {
            self = .string(string)
        } else if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? container.decode(WasmNumber.self) {
            // An integer has no minus zero, a float parameter has.
            let isMinusZero = number == .integer(0) && (try? container.decode(Double.self))?.sign == .minus
            self = .number(isMinusZero ? .float(-0.0) : number)
        } else if let array = try? container.decode([JSONValue].self) {
            self = .array(array)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }
}
