import LazyPages
import Pages

/// Why the runtime could not be started.
public enum RuntimeError: Error, Equatable, Sendable {
    case engineNotCreated
    case lazyPages(InitError)
    /// The directory for compiled code is not the service's own: names it and what is wrong.
    case cacheDirectory(path: String, reason: String)
}

/// Why the service could not run a program. None of these is the program's own doing.
public enum ExecutionError: Error, Equatable, Sendable {
    /// The stored module does not compile or instantiate (any more).
    case moduleUnusable(String)
    case entryMissing(String)
    /// The parameters do not fit the entry's signature.
    case parametersMismatch(entry: String)
    /// The system has no memory for the program.
    case memoryNotAvailable(String)
    case pageSource(PageSourceError)
    case wrongPageDataSize(page: PageNumber, expected: Int, found: Int)
    case pageVanished(PageNumber)
    /// The engine or its use broke a rule.
    case engineInvariant(String)
}
