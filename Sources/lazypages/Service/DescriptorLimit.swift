import Glibc

/// The system's limit on open descriptors of this process.
enum DescriptorLimit {
    /// For storage, workers, logs and everything else that is no client's connection.
    private static let reserved: rlim_t = 512

    /// Raises the limit as far as so many connections need and the system allows: a shell's usual 1,024 is for less.
    /// - Returns: how many connections there is room for, if it is less.
    static func raise(forConnections connections: Int) -> Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        let wanted = rlim_t(connections) + reserved
        guard limit.rlim_cur < wanted else { return nil }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < wanted
        else { return nil }
        return Int(limit.rlim_cur > reserved ? limit.rlim_cur - reserved : 1)
    }
}
