/// How an execution differs from what was expected.
struct Difference: CustomStringConvertible {
    /// Which execution: `cranelift, fast form`, `winch, exact form`, `eager`.
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
    /// - Parameter isAdditive: a first write may be charged as a read and a write after it, which costs the same.
    func differences(from expected: Outcome, isAdditive: Bool) -> [String] {
        var found: [String] = []
        func compare<Value: Equatable>(_ name: String, _ value: Value, _ expected: Value) {
            if value != expected { found.append("\(name): \(value) instead of \(expected)") }
        }
        compare("end", "\(end)", "\(expected.end)")
        compare("status", ranOutInPageCharge, expected.ranOutInPageCharge)
        compare("gas left", gasLeft, expected.gasLeft)
        // After a page charge that failed the program may have run on to where it could be ended.
        if ranOutInPageCharge, expected.ranOutInPageCharge { return found }
        if isAdditive {
            compare("accesses charged", accessesCharged, expected.accessesCharged)
        } else {
            compare("charges", charges, expected.charges)
        }
        compare("accessed pages", accessed, expected.accessed)
        compare("written pages", written, expected.written)
        compare("pages loaded", loaded, expected.loaded)
        compare("memory size", memorySize, expected.memorySize)
        if let place = zip(gasSeen, expected.gasSeen).enumerated().first(where: { $1.0 != $1.1 }) {
            found.append(
                "gas seen by the host, number \(place.offset): \(place.element.0) instead of \(place.element.1)")
        }
        compare("number of times the host saw gas", gasSeen.count, expected.gasSeen.count)
        found += MemoryDifference.lines(memory, expected.memory)
        return found
    }

    /// How often first accesses and first writes were charged, by instructions and by host functions, and loads.
    var accessesCharged: [UInt64] {
        let signal = [charges[0] + charges[1], charges[1] + charges[2]]
        return signal + [charges[3] + charges[4], charges[4] + charges[5], charges[6]]
    }
}
