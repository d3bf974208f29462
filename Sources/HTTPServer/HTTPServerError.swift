/// Why a server could not start.
public enum HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
    case cannotResolveHost(String, reason: String)
    case addressInUse(host: String, port: UInt16)
    /// The host is no address of this machine.
    case addressNotAvailable(host: String)
    /// Ports below 1,024 are for privileged users.
    case permissionDenied(host: String, port: UInt16)
    /// A server starts once.
    case alreadyStarted
    /// Any other failure, by the name of the system call and its `errno`.
    case systemCall(String, errno: Int32)

    public var description: String {
        switch self {
        case .cannotResolveHost(let host, let reason): "cannot resolve the host \(host): \(reason)"
        case .addressInUse(let host, let port): "port \(port) on \(host) is in use by another process"
        case .addressNotAvailable(let host): "\(host) is no address of this machine"
        case .permissionDenied(let host, let port): "no permission to listen on port \(port) of \(host)"
        case .alreadyStarted: "the server was started before"
        case .systemCall(let name, let errno): "\(name) failed: \(describe(errno: errno))"
        }
    }
}
