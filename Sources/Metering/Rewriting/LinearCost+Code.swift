extension LinearCost {
    /// Pushes what a helper function needs behind the number.
    var operands: Code { Code(.i64(UInt64(cost)), .i64(UInt64(perPowerOfTwo))) }

    /// In the helper function: pushes the gas that its parameters come to.
    static let gas = Code(.getLocal(0), .extend, .getLocal(1), .multiply, .getLocal(2), .shiftRight)
}
