import Foundation

/// The addresses that a host name stands for.
struct AddressList: ~Copyable {
    private let first: UnsafeMutablePointer<addrinfo>?

    init(host: String, port: UInt16) throws(HTTPServerError) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var first: UnsafeMutablePointer<addrinfo>?
        let outcome = getaddrinfo(host, String(port), &hints, &first)
        guard outcome == 0 else {
            let reason = outcome == EAI_SYSTEM ? describe(errno: errno) : String(cString: gai_strerror(outcome))
            throw .cannotResolveHost(host, reason: reason)
        }
        self.first = first
    }

    deinit { freeaddrinfo(first) }

    /// The result for the first address that gives one, IPv4 addresses first: that is where clients of a name such as
    /// `localhost` look when they know only one family.
    /// - Throws: what the last address failed with.
    func first<Value: ~Copyable>(
        _ attempt: (addrinfo) throws(HTTPServerError) -> Value
    ) throws(HTTPServerError) -> Value? {
        let all = sequence(first: first) { $0?.pointee.ai_next }.prefix { $0 != nil }.compactMap { $0?.pointee }
        var failure: HTTPServerError?
        for address in all.filter({ $0.ai_family == AF_INET }) + all.filter({ $0.ai_family != AF_INET }) {
            do { return try attempt(address) } catch { failure = error }
        }
        if let failure { throw failure }
        return nil
    }
}
