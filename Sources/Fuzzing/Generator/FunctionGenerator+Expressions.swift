extension FunctionGenerator {
    /// The type of a value to compute: integers mostly.
    mutating func valueType() -> ValueType {
        let type = random.pick([ValueType.i32, .i32, .i32, .i64, .i64, .f32, .f64, .v128])
        return type == .v128 && !usesVectors ? .i64 : type
    }

    mutating func expression(_ type: ValueType, depth: Int) -> Expression {
        guard depth > 0 else { return random.chance(50) ? constant(type) : variable(type) }
        switch random.weighted([10, 15, 15, 20, 25, 3, 4, usesHost ? 6 : 0]) {
        case 0: return constant(type)
        case 1: return variable(type)
        case 2: return unary(type, depth: depth)
        case 3: return binary(type, depth: depth)
        case 4: return load(type)
        case 5: return type == .i32 ? memory() : load(type)
        case 6: return call(type, depth: depth)
        default: return host(type)
        }
    }

    private mutating func constant(_ type: ValueType) -> Expression {
        let bits =
            switch random.below(5) {
            case 0: UInt64(0)
            case 1: UInt64(random.below(256))
            case 2: UInt64.max
            case 3: UInt64(1) << UInt64(random.below(64))
            default: random.next()
            }
        switch type {
        case .i32, .f32: return .constant(type, Bits(UInt32(truncatingIfNeeded: bits)))
        case .i64, .f64: return .constant(type, Bits(low: bits))
        case .v128: return .constant(type, Bits(low: bits, high: random.next()))
        }
    }

    private mutating func variable(_ type: ValueType) -> Expression {
        if type == .i32, let counter = countersInUse.last, random.chance(30) { return .local(counter) }
        return variables[type].map { .local(random.pick($0)) } ?? constant(type)
    }

    private mutating func unary(_ type: ValueType, depth: Int) -> Expression {
        let operations = UnaryOperator.allCases.filter {
            $0.result == type && $0 != .i32TruncF64 && (usesVectors || $0.operand != .v128)
        }
        let operation = random.pick(operations)
        return .unary(operation, expression(operation.operand, depth: depth - 1))
    }

    private mutating func binary(_ type: ValueType, depth: Int) -> Expression {
        let operations = BinaryOperator.allCases.filter { $0.result == type }
        guard !operations.isEmpty else { return unary(type, depth: depth) }
        let operation = random.pick(operations)
        let left = expression(operation.operand, depth: depth - 1)
        var right = expression(operation.operand, depth: depth - 1)
        if operation.canTrap, random.chance(95) {
            right = operation.operand == .i32 ? .binary(.i32Or, right, .i32(1)) : .binary(.i64Or, right, .i64(1))
        }
        return .binary(operation, left, right)
    }

    private mutating func load(_ type: ValueType) -> Expression {
        let operation = random.pick(LoadOperator.of(type))
        return .load(operation, address(width: operation.width))
    }

    private mutating func memory() -> Expression {
        guard random.chance(60) else { return .memorySize }
        return .memoryGrow(random.chance(80) ? .i32(UInt32(random.below(3))) : expression(.i32, depth: 0))
    }

    private mutating func call(_ type: ValueType, depth: Int) -> Expression {
        let callable = program.functions.indices.filter { program.functions[$0].resultType == type }
        guard !callable.isEmpty else { return load(type) }
        let index = random.pick(callable)
        let function = program.functions[index]
        var arguments: [Expression] = []
        for (position, parameter) in function.params.enumerated() {
            // It may be what a recursive function counts down.
            let isCountdown = position == 0 && parameter == .i32
            arguments.append(isCountdown ? .i32(UInt32(random.below(4))) : expression(parameter, depth: depth - 1))
        }
        guard random.chance(20) else { return .call(index, arguments) }
        let element: Expression =
            switch random.below(20) {
            case 0: expression(.i32, depth: 1)
            case 1, 2: .i32(UInt32(index + random.below(3)))
            default: .i32(UInt32(index))
            }
        return .indirectCall(index, element: element, arguments)
    }

    private mutating func host(_ type: ValueType) -> Expression {
        let operations = HostOperation.allCases.filter { $0.resultType == type }
        guard !operations.isEmpty else { return load(type) }
        let operation = random.pick(operations)
        let (size, width) = bulkSize()
        switch operation {
        case .sum: return .host(operation, [place(width), size])
        case .fill: return .host(operation, [place(width), size, expression(.i32, depth: 0)])
        case .copy: return .host(operation, [place(width), place(width), size])
        case .gather:
            let (second, secondWidth) = bulkSize()
            return .host(operation, [place(width), size, place(secondWidth), second, place(8)])
        case .pay: return .host(operation, [.i64(UInt64(random.below(500)))])
        case .grow: return .host(operation, [.i32(UInt32(random.below(3)))])
        case .end:
            // Seldom, for then the rest of the program is not run.
            let way = random.chance(20) ? random.within(1...HostOperation.ways.count) : 0
            return .host(operation, [.i32(UInt32(way))])
        }
    }

    // MARK: - Addresses

    /// An address for an access of so many bytes: split between the base and the instruction's offset, the base a
    /// constant or computed.
    mutating func address(width: Int) -> Address {
        let (target, stride) = target(width)
        let offset: UInt64 =
            switch random.below(4) {
            case 0: min(target, UInt64(random.below(64)))
            case 1: min(target, UInt64(UInt32.max)) / 2
            case 2: min(target, UInt64(UInt32.max))
            default: 0
            }
        let base = min(target - offset, UInt64(UInt32.max))
        return Address(base: computed(UInt32(base), stride: stride), offset: UInt32(offset))
    }

    /// An address as a value, for bulk instructions and host functions.
    mutating func place(_ width: Int) -> Expression {
        let (target, stride) = target(width)
        return computed(UInt32(truncatingIfNeeded: target), stride: stride)
    }

    /// Where an access of so many bytes goes, and how far from one loop to the next; 0 for not at all.
    private mutating func target(_ width: Int) -> (UInt64, stride: UInt32) {
        // Rarely, for it ends the program.
        if random.below(400) == 0 { return (layout.placeOutside(width: width, &random), 0) }
        let strides: [UInt32] = [1, 8, 4096, 16_384, 16_385]
        let stride = countersInUse.isEmpty || random.chance(70) ? 0 : random.pick(strides)
        return (layout.place(width: width + Int(stride) * Self.loopCount, &random), stride)
    }

    private mutating func computed(_ value: UInt32, stride: UInt32) -> Expression {
        if stride > 0, let counter = countersInUse.last {
            return .binary(.i32Add, .i32(value), .binary(.i32Mul, .local(counter), .i32(stride)))
        }
        guard random.chance(10) else { return .i32(value) }
        // Near the address, by a variable.
        let mask = UInt32(random.pick([1, 15, 63]))
        return .binary(.i32Xor, .i32(value), .binary(.i32And, variable(.i32), .i32(mask)))
    }

    /// How many bytes, and the most that it can be.
    private mutating func sizeBelow(_ bound: Int) -> (Expression, Int) {
        let size = random.below(bound)
        return (.i32(UInt32(size)), size)
    }

    mutating func bulkSize() -> (Expression, atMost: Int) {
        switch random.below(9) {
        case 0: (.i32(0), 0)
        case 1: (.i32(1), 1)
        case 2, 3: sizeBelow(40)
        case 4: sizeBelow(300)
        case 5: (.binary(.i32And, variable(.i32), .i32(0x7FFF)), 0x7FFF)
        case 6: sizeBelow(3 * StoredPage.size)
        default: sizeBelow(StoredPage.size)
        }
    }
}
