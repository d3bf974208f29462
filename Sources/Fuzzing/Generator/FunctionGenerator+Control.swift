extension FunctionGenerator {
    /// A control block around further statements.
    mutating func control(depth: Int) -> Statement {
        switch random.weighted([8, 8, 5, 1]) {
        case 0:
            let condition = expression(.i32, depth: 2)
            let label = newLabel()
            let first = body(label, depth: depth, count: random.within(1...3))
            return .choose(label, condition, first, else: body(label, depth: depth, count: random.below(3)))
        case 1: return repeated(depth: depth)
        case 2:
            let label = newLabel()
            return .block(label, body(label, depth: depth, count: random.within(1...4)))
        default: return endless(depth: depth)
        }
    }

    /// Statements with one more label around them.
    private mutating func body(_ label: Label, depth: Int, count: Int) -> [Statement] {
        labels.append(label)
        defer { labels.removeLast() }
        return block(depth: depth + 1, count: count)
    }

    private mutating func repeated(depth: Int) -> Statement {
        guard let counter = freeCounters.popLast() else { return store() }
        let label = newLabel()
        countersInUse.append(counter)
        loopLabels.insert(label)
        let statements = body(label, depth: depth, count: random.within(1...4))
        countersInUse.removeLast()
        freeCounters.append(counter)
        return .repeated(label, local: counter, count: UInt32(random.within(1...Self.loopCount)), statements)
    }

    /// Mostly with a way out, which may never be taken.
    private mutating func endless(depth: Int) -> Statement {
        let (outer, inner) = (newLabel(), newLabel())
        loopLabels.insert(inner)
        labels.append(outer)
        defer { labels.removeLast() }
        var statements = body(inner, depth: depth, count: random.within(1...3))
        if random.chance(85) {
            let way = Statement.branch(outer, when: expression(.i32, depth: 2))
            statements.insert(way, at: random.below(statements.count + 1))
        }
        return .block(outer, [.endless(inner, statements)])
    }

    /// To somewhere else, also out of the function.
    mutating func branch() -> Statement {
        switch random.weighted([labels.isEmpty ? 0 : 8, labels.isEmpty ? 0 : 3, 3]) {
        case 0:
            let label = target()
            return .branch(label, when: random.chance(80) ? expression(.i32, depth: 2) : nil)
        case 1:
            let targets = (0..<random.within(1...4)).map { _ in target() }
            let index = expression(.i32, depth: 1)
            return .branchTable(random.chance(70) ? .binary(.i32And, index, .i32(3)) : index, targets)
        default:
            let value = expression(resultType, depth: 1)
            switch random.below(7) {
            case 0: return .leave(value, .return)
            case 1: return .leave(value, .branch)
            case 2: return .leave(value, .branchTable(expression(.i32, depth: 1)))
            default: return .leave(value, .branchWhen(expression(.i32, depth: 2)))
            }
        }
    }

    /// Seldom a loop's beginning: the loop goes round then without counting down.
    private mutating func target() -> Label {
        let label = random.pick(labels)
        return loopLabels.contains(label) && random.chance(70) ? random.pick(labels) : label
    }
}
