/// What the specification leaves open, so that gas may differ where nothing else does.
enum Freedom: String, CaseIterable, Sendable {
    /// An access that begins inside memory and ends outside may touch the page that it begins in before it traps.
    case edge
    /// A page that `memory.copy` both reads and writes may be touched either way first: the system's `memmove` decides.
    case copyOrder
    /// A load and the store of the same place after it may be one instruction, which only writes.
    case mergedUpdate
}

/// Decides what is left open by a script, so that every allowed course can be followed in turn.
struct Choices {
    private(set) var taken: [(freedom: Freedom, other: Bool)] = []
    private let script: [Bool]
    private let expected: Set<Freedom>
    private let allowed: Set<Freedom>

    /// - Parameters:
    ///   - expected: where the other course is the likely one, and is followed behind the script's end.
    ///   - allowed: where there is another course.
    init(
        _ script: [Bool] = [], expected: Set<Freedom> = [], allowed: Set<Freedom> = Set(Freedom.allCases)
    ) {
        self.script = script
        self.expected = expected
        self.allowed = allowed
    }

    /// Whether the other of two allowed courses is followed.
    mutating func takesOther(_ freedom: Freedom) -> Bool {
        guard allowed.contains(freedom) else { return false }
        let other = taken.count < script.count ? script[taken.count] : expected.contains(freedom)
        taken.append((freedom, other))
        return other
    }

    /// Where much is open there may be very many courses.
    static let limit = 512

    /// The script after this one, beginning with the empty one; nil after the last.
    func next() -> [Bool]? {
        guard let last = taken.lastIndex(where: { $0.other == expected.contains($0.freedom) }) else { return nil }
        return taken[..<last].map(\.other) + [!taken[last].other]
    }
}
