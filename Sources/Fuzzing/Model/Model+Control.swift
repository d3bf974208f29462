// Statements, and where execution goes between them.

extension Model {
    /// How a statement comes to its end.
    fileprivate enum Flow {
        case next
        case branch(Label)
        case left(Bits)
    }

    func call(_ index: Int, _ arguments: [Bits]) throws(Stop) -> Bits {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw .tooLong }
        let function = program.functions[index]
        try pay(plan.entries[index])
        var locals = arguments + Array(repeating: .zero, count: function.locals.count)
        if case .left(let result) = try run(plan.bodies[index], &locals) { return result }
        return try evaluate(function.result, &locals)
    }

    private func pay(_ cost: UInt64) throws(Stop) {
        guard cost > 0 else { return }
        lastLoads = []
        try pages.burn(cost)
    }

    private func run(_ list: PaidList, _ locals: inout [Bits]) throws(Stop) -> Flow {
        for statement in list.steps {
            try step()
            let flow = try run(statement, &locals)
            guard case .next = flow else { return flow }
            if let cost = statement.costAfter { try pay(cost) }
        }
        return .next
    }

    private func run(_ step: PaidList.Step, _ locals: inout [Bits]) throws(Stop) -> Flow {
        switch step.statement {
        case .block(let label, _): return try run(step.inner[0], &locals).reaching(label)
        case .choose(let label, let condition, _, _):
            let side = step.inner[try evaluate(condition, &locals).i32 != 0 ? 0 : 1]
            try pay(side.cost)
            return try run(side, &locals).reaching(label)
        case .repeated(let label, let local, let count, _):
            locals[local] = Bits(count)
            return try loop(step.inner[0], label, &locals) { locals in
                locals[local] = Bits(locals[local].i32 &- 1)
                return locals[local].i32 != 0
            }
        case .endless(let label, _): return try loop(step.inner[0], label, &locals) { _ in true }
        case .branch(let label, let condition):
            if let condition, try evaluate(condition, &locals).i32 == 0 { return .next }
            return .branch(label)
        case .branchTable(let index, let labels):
            let index = try evaluate(index, &locals).i32
            return .branch(labels[Int(min(index, UInt32(labels.count - 1)))])
        case .leave(let value, let exit):
            let value = try evaluate(value, &locals)
            switch exit {
            case .branchWhen(let condition):
                return try evaluate(condition, &locals).i32 == 0 ? .next : .left(value)
            case .branchTable(let index): _ = try evaluate(index, &locals)
            case .return, .branch: break
            }
            return .left(value)
        default:
            try perform(step.statement, &locals)
            return .next
        }
    }

    /// - Parameter goesOn: decides at the body's end; a branch to the loop's label is not asked about.
    private func loop(
        _ body: PaidList, _ label: Label, _ locals: inout [Bits], goesOn: (inout [Bits]) -> Bool
    ) throws(Stop) -> Flow {
        while true {
            try step()
            try pay(body.cost)
            switch try run(body, &locals) {
            case .next: guard goesOn(&locals) else { return .next }
            case .branch(label): continue
            case let flow: return flow
            }
        }
    }

    private func perform(_ statement: Statement, _ locals: inout [Bits]) throws(Stop) {
        switch statement {
        case .set(let local, let value): locals[local] = try evaluate(value, &locals)
        case .drop(let value): _ = try evaluate(value, &locals)
        case .store(let operation, let address, let value):
            let base = try evaluate(address.base, &locals).i32
            try store(operation, UInt64(base) + UInt64(address.offset), try evaluate(value, &locals))
        case .fill(let to, let value, let size):
            let values = try evaluate([to, value, size], &locals)
            try pages.burn(plan.costs.linear(.memoryFill, values[2].i32))
            try fill(values[0].i32, UInt8(truncatingIfNeeded: values[1].i32), size: values[2].i32)
        case .copy(let to, let from, let size):
            let values = try evaluate([to, from, size], &locals)
            try pages.burn(plan.costs.linear(.memoryCopy, values[2].i32))
            try copy(to: values[0].i32, from: values[1].i32, size: values[2].i32)
        case .initialize(let segment, let to, let from, let size):
            let values = try evaluate([to, from, size], &locals)
            try pages.burn(plan.costs.linear(.memoryInit, values[2].i32))
            // A segment that was copied at the start is dropped, as one dropped by the program.
            let isGone = program.segments[segment].offset != nil || droppedSegments.contains(segment)
            try initialize(
                isGone ? [] : program.segments[segment].bytes, to: values[0].i32, from: values[1].i32,
                size: values[2].i32)
        case .dropSegment(let segment): droppedSegments.insert(segment)
        case .unreachable: throw .trap("unreachable")
        case .block, .choose, .repeated, .endless, .branch, .branchTable, .leave:
            preconditionFailure("control is not performed")
        }
    }
}

extension Model.Flow {
    /// At the end of the control block with this label.
    fileprivate func reaching(_ label: Label) -> Model.Flow {
        if case .branch(label) = self { .next } else { self }
    }
}
