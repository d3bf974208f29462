import Foundation

/// JSON in requests and responses, for tests of an API.
extension HTTPClient {
    /// Sends a JSON value made of dictionaries, arrays, strings, numbers and `NSNull`.
    public func request(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], json: Any
    ) throws -> Response {
        let body = try JSONSerialization.data(withJSONObject: json, options: [.fragmentsAllowed])
        return try request(
            method, path, headers: headers + [("Content-Type", "application/json")], body: Array(body))
    }
}

extension HTTPClient.Response {
    /// The body as a JSON object.
    public func jsonObject() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(body), options: [.fragmentsAllowed])
        guard let object = value as? [String: Any] else { throw NotAnObject(text: text) }
        return object
    }

    /// The body decoded from `snake_case` JSON.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(body))
    }

    public struct NotAnObject: Error {
        public var text: String
    }
}
