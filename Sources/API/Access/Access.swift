/// What a caller must be allowed to do in order to use an endpoint.
struct Access: Equatable, Sendable {
    /// Nil: everyone may, also without a token.
    let role: Role?
    /// The answer speaks of all programs, so that a token that is limited to some cannot have it.
    var isAboutAllPrograms = false

    static let open = Access(role: nil)
    static let read = Access(role: .read)
    static let readAll = Access(role: .read, isAboutAllPrograms: true)
    static let run = Access(role: .run)
    static let upload = Access(role: .upload)
    static let admin = Access(role: .admin)
}
