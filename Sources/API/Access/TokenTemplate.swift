import Digests
import Foundation
import WorkerProtocol

/// What a new token is to be good for.
public struct TokenTemplate {
    public struct Limits: Encodable {
        public var requestsPerSecond: Double?
        public var jobsPerDay: UInt64?
        public var gasPerDay: UInt64?

        public init(requestsPerSecond: Double?, jobsPerDay: UInt64?, gasPerDay: UInt64?) {
            self.requestsPerSecond = requestsPerSecond
            self.jobsPerDay = jobsPerDay
            self.gasPerDay = gasPerDay
        }

        var isEmpty: Bool { requestsPerSecond == nil && jobsPerDay == nil && gasPerDay == nil }
    }

    private struct Entry: Encodable {
        var name: String
        var sha256: String
        var roles: [Role]
        var programs: [String]?
        var expiresAt: Timestamp?
        var limits: Limits?
    }

    /// How tokens begin, so that they are recognized where they should not be.
    public static let prefix = "lazypages_"

    private let name: String
    private let roles: [Role]
    private let programs: [String]
    private let days: Int?
    private let limits: Limits

    /// - Parameters:
    ///   - programs: ids or, with `*` at the end, beginnings of ids; empty for all programs.
    ///   - days: nil for ever.
    public init(name: String, roles: [Role], programs: [String], days: Int?, limits: Limits) {
        self.name = name
        self.roles = roles
        self.programs = programs
        self.days = days
        self.limits = limits
    }

    /// A token of 256 random bits, and its entry in JSON for a document of tokens.
    /// - Throws: where no service would take the entry.
    public func make() throws(TokenBookError) -> (token: String, entry: String) {
        guard days.map({ (1...36_500).contains($0) }) ?? true else {
            throw TokenBookError(reason: "days: Expected 1 to 36500.")
        }
        var generator = SystemRandomNumberGenerator()
        let bits = Data((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        let text = bits.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        let token = Self.prefix + text.replacing("=", with: "")
        let entry = Entry(
            name: name, sha256: SHA256Digest.hex(Array(token.utf8)), roles: roles,
            programs: programs.isEmpty ? nil : programs,
            expiresAt: days.map { Timestamp(milliseconds: Timestamp.now().milliseconds + Int64($0) * 86_400_000) },
            limits: limits.isEmpty ? nil : limits)
        guard let json = try? JSONCoding.encode(entry) else { throw TokenBookError(reason: "a limit is no number") }
        _ = try TokenBook(json: Array("{\"tokens\":[".utf8) + json + Array("]}".utf8))
        return (token, String(decoding: json, as: UTF8.self))
    }
}
