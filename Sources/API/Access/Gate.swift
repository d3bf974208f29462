import HTTPServer
import Synchronization
import WorkerProtocol

/// Lets requests in: finds out who calls, and whether the caller may do what the endpoint does.
final class Gate: Sendable {
    /// Nil: no token is asked for, and everyone may do everything.
    private let tokens: TokenKeeper?
    /// Of tokens with a limited rate, by name.
    private let buckets = Mutex<[String: TokenBucket]>([:])

    init(tokens: TokenKeeper?) { self.tokens = tokens }

    /// - Throws: 401 `unauthorized`, 403 `forbidden`, 429 `rate_limited`.
    func admit(_ request: HTTPRequest, to access: Access) throws(HTTPError) -> Caller {
        guard let role = access.role else { return .anyone }
        guard let tokens else {
            try Self.refuseForeignPages(request, role)
            return .anyone
        }
        let caller = try Self.caller(request, tokens.book)
        request.notes.add("token", caller.token ?? "")
        if let rate = caller.limits.requestsPerSecond, let name = caller.token { try take(name, rate) }
        guard caller.has(role) else { throw .forbidden("This needs the role \(role.rawValue).", role: role) }
        guard !access.isAboutAllPrograms || caller.programs == nil else {
            throw .isAboutAllPrograms
        }
        return caller
    }

    /// Where no token is asked for, a page from elsewhere must not use its reader's browser to change anything: browsers say
    /// where a request comes from (Fetch Metadata, `Sec-Fetch-Site`).
    private static func refuseForeignPages(_ request: HTTPRequest, _ role: Role) throws(HTTPError) {
        guard role != .read, let site = request.headers.all("Sec-Fetch-Site").first else { return }
        guard site == "same-origin" || site == "none" else {
            // No challenge: there is no token that would help.
            throw HTTPError(
                status: 403, code: "forbidden",
                detail: "A page of another site asks for this, and no token says that it may.")
        }
    }

    private static func caller(_ request: HTTPRequest, _ book: TokenBook) throws(HTTPError) -> Caller {
        let fields = request.headers.all("Authorization")
        guard let field = fields.first else { throw .unauthorized("This needs a token.", isInvalid: false) }
        guard fields.count == 1, let token = bearerToken(field) else {
            throw .unauthorized("Expected one Authorization: Bearer and the token.")
        }
        guard let entry = book.entry(of: token) else { throw .unauthorized("The token is not known.") }
        if let expiresAt = entry.expiresAt, expiresAt <= .now() { throw .unauthorized("The token has expired.") }
        return entry.caller
    }

    /// The token of an `Authorization` field (RFC 6750, section 2.1); nil if it is none.
    static func bearerToken(_ field: String) -> String? {
        let parts = field.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = parts[1].drop { $0 == " " }
        let body = token.utf8.prefix { $0 != UInt8(ascii: "=") }
        guard !body.isEmpty, token.utf8.dropFirst(body.count).allSatisfy({ $0 == UInt8(ascii: "=") }),
            body.allSatisfy(isTokenByte)
        else { return nil }
        return String(token)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39: true
        default: "-._~+/".utf8.contains(byte)
        }
    }

    private func take(_ name: String, _ rate: Double) throws(HTTPError) {
        let now = ContinuousClock.now
        let wait = buckets.withLock { buckets in
            buckets[name, default: TokenBucket(rate: rate, now: now)].take(rate: rate, now: now)
        }
        if let wait { throw .rateLimited(rate, retryAfter: wait) }
    }
}

extension HTTPError {
    /// - Parameter isInvalid: a token was given.
    static func unauthorized(_ detail: String, isInvalid: Bool = true) -> HTTPError {
        let error = isInvalid ? #", error="invalid_token", error_description="\#(detail)""# : ""
        return HTTPError(
            status: 401, code: "unauthorized", detail: detail,
            headers: ["WWW-Authenticate": #"Bearer realm="lazypages"\#(error)"#])
    }

    /// - Parameter role: what the token would need.
    static func forbidden(_ detail: String, role: Role? = nil) -> HTTPError {
        let scope = role.map { #", scope="\#($0.rawValue)""# } ?? ""
        return HTTPError(
            status: 403, code: "forbidden", detail: detail,
            headers: ["WWW-Authenticate": #"Bearer realm="lazypages", error="insufficient_scope"\#(scope)"#])
    }

    static let isAboutAllPrograms = forbidden("This speaks of all programs, and the token is limited to some.")

    static func rateLimited(_ rate: Double, retryAfter wait: Duration) -> HTTPError {
        HTTPError(
            status: 429, code: "rate_limited", detail: "The token's bearer may make \(rate) requests a second.",
            headers: ["Retry-After": String(Int((wait / .seconds(1)).rounded(.up)))])
    }
}
