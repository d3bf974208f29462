import Foundation

/// The body of `POST /v1/jobs`.
struct JobSubmission: Encodable {
    var program: String
    var entry: String
    var args: [Int]
    var gasLimit: Int = 1_000_000_000
    var commit: Bool?
    var pages: String?
    var timeoutMs: Int?
    var callbackUrl: String?

    var json: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            return Array(try encoder.encode(self))
        }
    }
}
