import Foundation
import HTTPServer
import PageStorage
import WorkerProtocol

/// One token as it is kept: its hash, and what its bearer may do.
struct TokenEntry: Equatable, Sendable {
    static let longestName = 64

    /// Two entries may have the same name, while one takes the other's place: what they use is counted together.
    var name: String
    /// SHA-256 of the token.
    var hash: [UInt8]
    var roles: Set<Role>
    /// The programs that are there for the bearer; nil for all.
    var programs: [ProgramPattern]?
    var expiresAt: Timestamp?
    var limits = TokenLimits()

    /// - Parameter pointer: where in the document of tokens it stands.
    /// - Throws: 422 with what is wrong.
    init(_ entry: JSONValue, at pointer: String) throws(HTTPError) {
        var reader = try ObjectReader(entry, at: pointer)
        reader.require("name")
        reader.require("sha256")
        reader.require("roles")
        name = reader.string("name") ?? ""
        if !Identifiers.isProgram(name) { reader.fault("name", "Expected \(Identifiers.programForm).") }
        hash = PayloadEncoding.hex.decode(reader.string("sha256") ?? "").map { [UInt8]($0) } ?? []
        if hash.count != 32 { reader.fault("sha256", "Expected 64 hex digits.") }
        roles = []
        for (index, role) in (reader.array("roles") ?? []).enumerated() {
            guard case .string(let text) = role, let role = Role(rawValue: text) else {
                reader.fault(
                    "roles", index, "Expected one of: \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
                continue
            }
            roles.insert(role)
        }
        if roles.isEmpty { reader.fault("roles", "Expected at least one role.") }
        programs = Self.programs(&reader)
        if let text = reader.string("expires_at") {
            expiresAt = Timestamp(rfc3339: text)
            if expiresAt == nil { reader.fault("expires_at", "Expected a time as RFC 3339 writes it.") }
        }
        let limits = reader.object("limits")
        try reader.finish()
        if let limits { self.limits = try TokenLimits(limits, at: "\(pointer)/limits") }
    }

    private static func programs(_ reader: inout ObjectReader) -> [ProgramPattern]? {
        guard let items = reader.array("programs") else { return nil }
        var patterns: [ProgramPattern] = []
        for (index, item) in items.enumerated() {
            guard case .string(let text) = item, let pattern = ProgramPattern(text: text) else {
                reader.fault("programs", index, "Expected a program's id, or the beginning of one and a *.")
                continue
            }
            patterns.append(pattern)
        }
        return patterns
    }

    var caller: Caller { Caller(token: name, roles: roles, programs: programs, limits: limits) }
}

/// How much a token's bearer may ask for; nil is no limit.
struct TokenLimits: Equatable, Sendable {
    var requestsPerSecond: Double?
    /// By days of UTC.
    var jobsPerDay: UInt64?
    var gasPerDay: UInt64?

    init() {}

    init(_ limits: [String: JSONValue], at pointer: String) throws(HTTPError) {
        var reader = try ObjectReader(.object(limits), at: pointer)
        switch reader.value("requests_per_second") {
        case .number(.integer(let rate))? where (1...1_000_000).contains(rate): requestsPerSecond = Double(rate)
        case .number(.float(let rate))? where rate > 0 && rate <= 1e6: requestsPerSecond = rate
        case nil: break
        default: reader.fault("requests_per_second", "Expected a number over 0 up to 1000000.")
        }
        let largest = APIConfiguration.Limits.largestGas
        jobsPerDay = reader.integer("jobs_per_day", in: 0...largest)
        gasPerDay = reader.integer("gas_per_day", in: 0...largest)
        try reader.finish()
    }
}
