/// The kinds of first touch that are measured.
enum FaultKind: String, CaseIterable, Codable {
    /// A page that the store has is read.
    case read
    /// A page that the store has is written.
    case write
    /// A page that the store has and that was read before is written.
    case writeAfterRead = "write_after_read"
    /// A page that was never stored is read.
    case readNew = "read_new"
    /// A page that was never stored is written.
    case writeNew = "write_new"

    var isWrite: Bool { self != .read && self != .readNew }
    /// Whether the store has the page.
    var isStored: Bool { self != .readNew && self != .writeNew }
}
