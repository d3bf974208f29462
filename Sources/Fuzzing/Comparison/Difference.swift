import Glibc

/// How an execution differs from what was expected.
struct Difference: CustomStringConvertible {
    /// Which execution: `cranelift`, `winch`, `eager`.
    var run: String
    var gasLimit: UInt64
    /// What differs, one line each.
    var details: [String]

    /// Whether it is of the same kind: a smaller case shows the same defect and not another.
    func isLike(_ other: Difference) -> Bool {
        details.isEmpty == other.details.isEmpty && (run == "eager") == (other.run == "eager")
    }

    var description: String {
        "\(run), gas limit \(gasLimit):\n" + details.map { "  \($0)" }.joined(separator: "\n")
    }
}

extension Outcome {
    /// What differs; empty if they agree in all that has a meaning.
    func differences(from expected: Outcome) -> [String] {
        var found: [String] = []
        func compare<Value: Equatable>(_ name: String, _ value: Value, _ expected: Value) {
            if value != expected { found.append("\(name): \(value) instead of \(expected)") }
        }
        compare("end", "\(end)", "\(expected.end)")
        compare("status", ranOutInPageCharge, expected.ranOutInPageCharge)
        compare("gas left", gasLeft ?? 0, expected.gasLeft ?? 0)
        // After a page charge that failed the program may have run on to where it could be ended.
        if ranOutInPageCharge, expected.ranOutInPageCharge { return found }
        compare("charges", charges, expected.charges)
        compare("accessed pages", accessed, expected.accessed)
        compare("written pages", written, expected.written)
        compare("pages loaded", loaded, expected.loaded)
        compare("memory size", memorySize, expected.memorySize)
        found += MemoryDifference.lines(memory, expected.memory)
        return found
    }
}

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
