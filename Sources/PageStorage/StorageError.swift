/// What can go wrong with a storage. Messages are for operators: they may name hosts and files, never page contents.
public enum StorageError: Error, Equatable, Sendable {
    /// Not reachable, or lost and not back within the time that a call may take. Trying later may help.
    case unavailable(String)
    /// No room left to write. What was stored before is intact.
    case full(String)
    /// The id of a program to be created is taken.
    case programExists
    /// The tables were made by a newer version of this service.
    case newerSchema(found: Int, known: Int)
    /// The location cannot be understood.
    case invalidLocation(String)
    /// The storage refused a statement in a way that no caller expects.
    case failed(String)
}
