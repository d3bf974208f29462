/// How many there are of what is numbered and what metering appends to. An index beyond would reach what is appended, and
/// make an invalid module a valid one that changes its own gas.
struct IndexSpaces {
    var types = 0
    var functions = 0
    var globals = 0
    var locals = 0
    /// Types with more parameters than a block may have.
    var wideTypes: Set<Int> = []

    func count(_ space: MeteringError.IndexSpace) -> Int {
        switch space {
        case .type: types
        case .function: functions
        case .global: globals
        case .local: locals
        }
    }
}

extension ByteReader {
    @discardableResult
    mutating func index(_ space: MeteringError.IndexSpace, _ spaces: IndexSpaces) throws(MeteringError) -> Int {
        let start = offset
        let index = try unsigned()
        guard index < spaces.count(space) else { throw MeteringError(.indexOutOfRange(space, index), at: start) }
        return Int(index)
    }
}
