import PageStorage

/// Who makes a request.
struct Caller: Equatable, Sendable {
    /// The name of the token; nil where the service asks for none.
    var token: String?
    var roles: Set<Role>
    /// The programs that are there for the caller; nil for all.
    var programs: [ProgramPattern]?
    var limits = TokenLimits()

    /// Whoever calls a service that asks for no token.
    static let anyone = Caller(token: nil, roles: [.admin], programs: nil)

    func has(_ role: Role) -> Bool { roles.contains(role) || roles.contains(.admin) }

    /// A key as the queue knows it: another token's is another one. No header has the character between.
    func idempotencyKey(_ key: String) -> String { token.map { "\($0)\u{1E}\(key)" } ?? key }

    /// Whether the program is there for the caller, if it is there at all.
    func sees(_ program: String) -> Bool { programs?.contains { $0.matches(program) } ?? true }
}
