/// What a program says to the people who watch it, as far as there is room.
struct Log {
    private(set) var lines: [String] = []
    /// Bytes that still fit.
    private(set) var room = Limits.log

    static let cut = "(the log ends here: it is limited to \(Limits.log) bytes)"

    /// - Parameter size: of the line in the program's memory, of which as much was read as there was room for.
    mutating func add(_ line: String, size: UInt32) {
        guard room > 0 else { return }
        lines.append(line)
        // Empty lines take room too.
        room -= Int(size) + 1
        if room <= 0 { lines.append(Self.cut) }
    }
}
