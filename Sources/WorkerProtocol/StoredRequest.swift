import Foundation

/// A job's request as the queue keeps it and a worker gets it: written once, when the job is accepted.
///
/// The length of the JSON part as a little-endian 32-bit number, the JSON part, then the payload.
public struct StoredRequest: Sendable, Equatable {
    public var bytes: [UInt8]

    /// - Parameter bytes: as `init(_:)` made them; `request()` says if not.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    private struct Part: Codable {
        var request: JobRequest
        var args: [ExactNumber]
    }

    public init(_ request: JobRequest) throws(MessageError) {
        var stripped = request
        stripped.payload = Data()
        stripped.args = []
        let json = try encode(Part(request: stripped, args: request.args.map(ExactNumber.init)))
        bytes = []
        bytes.reserveCapacity(4 + json.count + request.payload.count)
        withUnsafeBytes(of: UInt32(json.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: json)
        bytes.append(contentsOf: request.payload)
    }

    public func request() throws(MessageError) -> JobRequest {
        guard bytes.count >= 4 else { throw .malformed("a request is too short") }
        let length = bytes.withUnsafeBytes { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
        guard length <= bytes.count - 4 else { throw .malformed("a request is too short") }
        let part = try decodePart(Part.self, Data(bytes[4..<4 + length]))
        var request = part.request
        request.args = part.args.map(\.number)
        request.payload = Data(bytes[(4 + length)...])
        return request
    }
}
