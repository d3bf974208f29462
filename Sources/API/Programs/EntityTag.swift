import Digests
import PageStorage

/// Tells one state of what a path names from every other (RFC 9110, section 8.8.3).
struct EntityTag: CustomStringConvertible {
    let description: String

    /// Of bytes that do not change while the service runs.
    init(content: [UInt8]) { description = "\"\(SHA256Digest.hex(content).prefix(32))\"" }

    /// Of a page in memory: it never changes without a new version, and a program that takes the id of a deleted one has
    /// another key.
    init(program: ProgramKey, version: Int64) {
        let hex = program.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        description = "\"\(hex)-\(version)\""
    }

    /// Whether an `If-None-Match` field names this tag; weak tags compare alike (RFC 9110, section 13.1.2).
    func matches(ifNoneMatch field: String) -> Bool {
        field.split(separator: ",").map { $0.trimming(" \t") }.contains {
            $0 == "*" || ($0.hasPrefix("W/") ? String($0.dropFirst(2)) : $0) == description
        }
    }
}
