import HTTPServer
import WorkerProtocol

extension HTTPResponse {
    /// A value as JSON.
    static func json(_ value: some Encodable, status: Int = 200) throws -> HTTPResponse {
        .json(bytes: Array(try JSONCoding.encode(value)), status: status)
    }

    /// JSON that is encoded already.
    static func json(bytes: [UInt8], status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", bytes: bytes)
    }
}
