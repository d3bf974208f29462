/// Instructions of a function that execute together: all of them or, without a trap, none.
struct MeteredBlock: Equatable {
    /// Index of the first instruction.
    let start: Int
    var cost: UInt64
    let opening: Opening

    enum Opening { case function, loop, other }
}
