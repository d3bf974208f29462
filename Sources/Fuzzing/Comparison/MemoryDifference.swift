import Glibc

/// Where two memories differ.
enum MemoryDifference {
    /// By `memcmp`: as arrays they would be compared byte by byte, which a debug build feels.
    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count, !left.isEmpty else { return left.isEmpty && right.isEmpty }
        return memcmp(left, right, left.count) == 0
    }

    static func lines(_ memory: [UInt8]?, _ expected: [UInt8]?) -> [String] {
        guard let memory, let expected, !isEqual(memory, expected) else { return [] }
        guard memory.count == expected.count else {
            return ["memory: \(memory.count) bytes instead of \(expected.count)"]
        }
        let places = memory.indices.filter { memory[$0] != expected[$0] }
        guard let first = places.first else { return [] }
        return [
            "memory: \(places.count) bytes, first at \(first) (page \(first / StoredPage.size)): "
                + "\(memory[first]) instead of \(expected[first])"
        ]
    }
}
