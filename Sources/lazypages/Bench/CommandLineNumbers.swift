/// Numbers that an option takes.
enum CommandLineNumbers {
    /// Separated by commas.
    static func list(_ text: String, _ option: String, in range: ClosedRange<Int>) throws -> [Int] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }.filter { range.contains($0) }
        guard numbers.count == parts.count else {
            let (low, high) = (range.lowerBound, range.upperBound)
            throw Failure(.usage, "--\(option) \(text): expected numbers from \(low) to \(high), separated by commas")
        }
        return numbers
    }
}
